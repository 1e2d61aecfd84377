/**
 * What a path that was given means: {@link stepdown.path.Resolver} finds and holds it, {@link stepdown.path.PathRules}
 * says whether it may be handed over.
 */
@NullMarked
package stepdown.path;

import org.jspecify.annotations.NullMarked;
