/**
 * The walk that hands trees of files to the user: which paths may be handed over at all, how they are found without being led astray, and how every entry below
 * them is changed through a descriptor that was checked first.
 */
@NullMarked
package stepdown.ownership;

import org.jspecify.annotations.NullMarked;
