/**
 * From a process's start to its end or to the product: {@link stepdown.start.Found} looks, {@link stepdown.start.Plan}
 * decides, {@link stepdown.start.Start} is the steps in their order. {@link stepdown.start.Launcher} has the one table
 * from failure to exit status.
 */
@NullMarked
package stepdown.start;

import org.jspecify.annotations.NullMarked;
