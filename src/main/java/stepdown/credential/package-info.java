/**
 * Files that the product's user may not read where they are, handed over in memory: {@code --credential}.
 *
 * <p>What root reads is chosen by root: {@link stepdown.path.Resolver.Way#ROOTS_OR_READ_ONLY} leads to it, and it is
 * read through the descriptor that was judged. What the user could do between two starts changes nothing of that: the
 * folder stays root's, so that no name in it can be planted, moved or kept; a copy comes complete, and the user's, by a
 * rename; and what the user has made of an older copy is compared, replaced where it differs, and never written to. The
 * folder lies in a sticky one of root's, so that its own name stays, too.
 */
@NullMarked
package stepdown.credential;

import org.jspecify.annotations.NullMarked;
