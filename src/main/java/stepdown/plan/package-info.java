/** Decisions: from what was asked for and what was found to a list of steps, or a refusal. Records and pure functions; nothing here touches the system. */
@NullMarked
package stepdown.plan;

import org.jspecify.annotations.NullMarked;
