#include "rivulet/exec/plan/plan.h"

#include <fmt/format.h>

#include "rivulet/exec/plan/groups.h"
#include "rivulet/exec/plan/passes.h"

namespace rivulet::exec::plan {

Plan plan(const Graph& graph, const Limits& limits) {
  const Outline outline = outline_of(graph, limits);
  Grouped grouped = group(outline);
  mark_stored(outline, grouped);
  Plan plan;
  for (Work& work : grouped.work) {
    if (auto* cluster = std::get_if<Cluster>(&work)) fuse_products(*cluster);
  }
  if (limits.epilogues != nullptr) limits.epilogues(outline, grouped);
  for (Work& work : grouped.work) plan.stages.push_back(stage_of(graph, std::move(work)));
  plan.commits = commits_of(graph, plan.stages, grouped.patches);
  plan.first_write = first_write(plan.stages, plan.commits);
  plan.places = place_all(graph, limits, plan.stages, plan.commits);
  return plan;
}

std::string to_text(const Graph& graph, const Plan& plan) {
  std::string text;
  for (const Stage& stage : plan.stages) text += to_text(stage) + '\n';
  for (const Commit& commit : plan.commits) text += to_text(graph, commit) + '\n';
  text += fmt::format("arena of {} numbers\n", plan.places.arena);
  return text;
}

}  // namespace rivulet::exec::plan
