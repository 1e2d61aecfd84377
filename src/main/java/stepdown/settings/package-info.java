/**
 * What is asked for: options and variables, read into {@link stepdown.settings.Settings} or refused. The only room that
 * knows picocli. A new option is a row of {@link stepdown.settings.Option} and its use.
 */
@NullMarked
package stepdown.settings;

import org.jspecify.annotations.NullMarked;
