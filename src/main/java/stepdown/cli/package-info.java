/** The command line, the one table from failure to exit code, and the carrying out of a plan. */
@NullMarked
package stepdown.cli;

import org.jspecify.annotations.NullMarked;
