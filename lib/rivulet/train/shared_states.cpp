#include "rivulet/train/shared_states.h"

#include <set>
#include <utility>

#include "rivulet/core/error.h"

namespace rivulet::train {

void SharedStates::add(const Graph& graph, Program program) {
  Member member{.program = std::move(program), .changes = {}, .stale = {}};
  for (const Update& update : graph.updates()) {
    member.changes.push_back(graph.node(update.state).name);
  }
  members_.push_back(std::move(member));
}

void SharedStates::run(size_t i) {
  Member& member = members_[i];
  for (const auto& [name, from] : member.stale) {
    member.program.write(name, members_[from].program.read(name));
  }
  member.stale.clear();
  member.program.run();
  for (size_t other = 0; other < members_.size(); ++other) {
    if (other == i) continue;
    for (const std::string& name : member.changes) {
      if (members_[other].program.contains(name)) members_[other].stale[name] = i;
    }
  }
}

std::vector<std::string> SharedStates::names() const {
  std::set<std::string> all;
  for (const Member& member : members_) {
    for (std::string& name : member.program.state_names()) all.insert(std::move(name));
  }
  return {all.begin(), all.end()};
}

const Program& SharedStates::holder(const std::string& name) const {
  for (const Member& member : members_) {
    if (member.program.contains(name) && !member.stale.contains(name)) return member.program;
  }
  fail("trainer", "there is no state '" + name + "'");
}

Shape SharedStates::shape(const std::string& name) const { return holder(name).shape(name); }

std::span<const float> SharedStates::read(const std::string& name) const {
  return holder(name).read(name);
}

void SharedStates::write(const std::string& name, std::span<const float> values) {
  for (Member& member : members_) {
    if (!member.program.contains(name)) continue;
    member.program.write(name, values);
    member.stale.erase(name);
  }
}

}  // namespace rivulet::train
