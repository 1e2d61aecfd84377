/**
 * The walk that hands trees of files to the user. Its door is {@link stepdown.ownership.Ownership},
 * {@link stepdown.ownership.Paths}, {@link stepdown.ownership.Top} and {@link stepdown.ownership.Summary}; everything
 * else is its own.
 *
 * <h2>How it goes</h2>
 *
 * <p>{@code Ownership.find} resolves, judges and holds every path before anything is changed, with the room
 * {@link stepdown.path}. {@code Walk} then takes one tree after the other. A thread enters a {@code Folder}, takes its
 * names one by one, handles each with its {@code Changer}, and goes down into each folder among them. {@code Crew} has
 * the threads: one with nothing to do joins those in the oldest folder that has names left. Who leaves a folder last
 * changes the folder itself, closes it, and leaves the one above. The top's last is the end.
 *
 * <h2>Why nothing outside of the tree changes</h2>
 *
 * <ol>
 *   <li>The top is held by {@link stepdown.path.Resolver}, which opens one name after the other from the root folder
 *       on, follows a link only where root alone can have put it there, and asks the kernel in the end what is held;
 *       {@link stepdown.path.PathRules} judges that, by name and by device and inode.
 *   <li>A folder is only ever entered by its name in the folder above, which is held open, without following a link
 *       ({@code Folder.OPEN}); never by {@code ..}, which {@code Folder.take} passes over whatever type it is told to
 *       be, never twice. Who moves a folder out while it is held had it in the tree.
 *   <li>Another entry is held by {@code O_PATH|O_NOFOLLOW}, which opens nothing: no device wakes, no FIFO waits.
 *       {@code Changer.held} looks at the descriptor, {@code Changer.judge} decides from these facts alone,
 *       {@code Changer.change} changes through the same descriptor. There is no second way: fchownat(2), fchmodat2(2),
 *       and where that is missing the link in /proc that leads to what is held.
 *   <li>What has more than one name is left. Where others can write the folder, a count of one may be that of a name
 *       outside whose name in here was just taken away. So after the count was seen to be one,
 *       {@code Changer.settleNamed} (a) looks once whether the name still leads to what is held, with one link, (b)
 *       waits for the folder's lock, and (c) sees that what is held still has the name by which it was opened. The
 *       reason for (b): unlink(2) and rename(2) take the link from the count first and the name a moment later, and
 *       hold the folder's lock from before the one until after the other. Were the count one because of such a call, it
 *       would be over after (b), and the name by which the entry was opened gone for good, which (c) sees: a name that
 *       comes back is another one, and a name that ends in {@code (deleted)} proves nothing and is left, as an error.
 *       In a folder of root's alone nobody can do that; whether it is so still is asked after the look
 *       ({@code Changer.isGivenAway}), where the folder may be met under a second name and given away there: where a
 *       folder above can be written by others, or a mount was entered ({@code Walk.exposed}, set before anything in
 *       such a folder is read). What stays: a call that is preempted in the kernel between count and name, and holds
 *       the lock of another folder, to which the entry was moved meanwhile. A server that answers for other machines
 *       too is trusted to tell the truth in (a).
 *   <li>Devices, mounted files, sticky folders, excluded paths and stepdown's own are left by what they are, device and
 *       inode, under whatever name they are met ({@code Changer.kept}, {@code Changer.judge}); excluded paths are held,
 *       so that no other entry gets the number.
 * </ol>
 *
 * <h2>Why nothing inside is left out unsaid</h2>
 *
 * <ol>
 *   <li>The names of a folder are read from one open stream to its end, and never sought in. {@code Folder.take} gives
 *       each name once, under the folder's monitor, as a copy.
 *   <li>A folder is shown to others from its entering until its stream has ended ({@code Crew.show},
 *       {@code Folder.read}); who joins is counted first ({@code Folder.join}), and so is each folder found in it
 *       ({@code Folder.left}). It is done when that count is zero, the walk when the top is; a thread that fails leaves
 *       the count as it is, and its failure ends the start.
 *   <li>For each name {@code SEEN} is added once, and then it is right, changed, counted as left, or an error; ENOENT
 *       alone is nothing. A failure to read a folder, to enter it, or a depth that is not entered is an error too, and
 *       the first few are named.
 *   <li>A folder is given away after all that is in it, so that nothing has to be reached through what is the user's
 *       already; and the top last of all. With {@code Policy.ROOT} an error leaves the top as it was
 *       ({@code Walk.leaves}), so that a right top means a finished walk.
 * </ol>
 *
 * <h2>Why it stays small</h2>
 *
 * <p>Nothing waits in a queue: what is found is gone into at once. What is read of one folder shrinks as the names that
 * are held grow ({@code Walk.room}). There is one descriptor for each folder that is open, {@code Folder.DEEPEST} deep
 * at most for each thread; where descriptors get few, one thread goes on alone until it has closed what it opened
 * ({@code Walk.isNarrow}).
 */
@NullMarked
package stepdown.ownership;

import org.jspecify.annotations.NullMarked;
