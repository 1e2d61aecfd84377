/** What the product is given: arguments and environment byte for byte, descriptors, signals, and execve itself. */
@NullMarked
package stepdown.handover;

import org.jspecify.annotations.NullMarked;
