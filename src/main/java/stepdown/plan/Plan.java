package stepdown.plan;

import java.util.List;
import java.util.NavigableSet;
import stepdown.account.AccountPlan;
import stepdown.account.AccountRequest;
import stepdown.handover.Environment;
import stepdown.privilege.Target;

/**
 * A start, decided: what will be done, in this order, and with what.
 *
 * @param target what the process is to be; it is what it already is where nothing is dropped
 * @param drops whether there is a drop to prove
 * @param request the identity that rows are written for; as root only
 * @param accounts what that would change, and the user's name and home
 * @param environment the product's, its HOME still to be corrected where no home can be had
 * @param homeFromRow whether HOME was set by us and so depends on the home being there
 * @param descriptors those from 3 on that the product keeps
 * @param runtimeGroups the groups that the container was given on purpose, for the summary
 */
public record Plan(
        Settings settings,
        Target target,
        boolean drops,
        AccountRequest request,
        AccountPlan accounts,
        Environment environment,
        boolean homeFromRow,
        NavigableSet<Integer> descriptors,
        List<Long> runtimeGroups,
        List<Step> steps,
        List<String> warnings) {
    public boolean has(Step.Kind kind) {
        for (Step step : steps) {
            if (step.kind() == kind) {
                return true;
            }
        }
        return false;
    }
}
