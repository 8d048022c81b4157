#include "rivulet/exec/xnnpack/fused.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <numeric>

namespace rivulet::exec::xnnpack {
namespace {

constexpr int64_t usual_tile = 512;
constexpr int64_t longest_tile = 1024;
constexpr int64_t lanes = 16;
/// Below this many elements a part is not worth waking a thread for.
constexpr int64_t elements_per_part = 16384;

// Multiply-adds: a product with one reader, itself not stored, moves into the sum that reads it.
// Rounding stays as it was.

std::vector<int> count_uses(const Cluster& cluster) {
  std::vector<int> uses(cluster.code.size());
  for (const Instruction& instruction : cluster.code) {
    for (const Operand& operand : instruction.operands) {
      if (const auto* result = std::get_if<Result>(&operand)) {
        ++uses[static_cast<size_t>(result->instruction)];
      }
    }
  }
  return uses;
}

bool fuse_product(Cluster& cluster, const std::vector<int>& uses, Instruction& sum, size_t side) {
  const auto* result = std::get_if<Result>(&sum.operands[side]);
  if (result == nullptr) return false;
  const auto index = static_cast<size_t>(result->instruction);
  const Instruction& product = cluster.code[index];
  if (uses[index] != 1 || product.stored) return false;
  if (product.kernel != Kernel::mul && product.kernel != Kernel::square) return false;
  const Operand& a = product.operands[0];
  const Operand& b = product.operands.back();  // a square's only operand
  const Operand other = sum.operands[1 - side];
  sum.kernel = sum.kernel == Kernel::add ? Kernel::mul_add
                                         : (side == 0 ? Kernel::mul_sub : Kernel::sub_mul);
  sum.operands = {a, b, other};
  cluster.code[index].operands.clear();  // dead
  return true;
}

void fuse_products(Cluster& cluster) {
  std::vector<int> uses = count_uses(cluster);
  for (Instruction& sum : cluster.code) {
    if (sum.kernel != Kernel::add && sum.kernel != Kernel::sub) continue;
    if (!fuse_product(cluster, uses, sum, 0)) fuse_product(cluster, uses, sum, 1);
  }
}

// Where an operand or a result lies, for element i of part p: base + i step + p part_step.
struct Place {
  enum class Kind : uint8_t { none, memory, number, tile } kind = Kind::none;
  int index = -1;      // node, number or register
  int64_t offset = 0;  // into the node's storage
};

struct Operation {
  TileKernel kernel = nullptr;  // null: reads `view` of `from[0]` into `to`
  Place to;
  std::array<Place, 3> from;
  View view{};
};

struct Address {
  float* base = nullptr;
  int64_t step = 0;
  int64_t part_step = 0;

  [[nodiscard]] float* at(int64_t element, int64_t part) const {
    return base + element * step + part * part_step;
  }
};

struct BoundOperation {
  Address to;
  std::array<Address, 3> from;
};

/// A cluster made ready to run.
struct Machine {
  int64_t numel = 0;
  int64_t tile = usual_tile;
  int64_t registers = 0;
  int64_t parts = 1;
  size_t hoisted = 0;  // the first operations are the same for every tile
  std::vector<Operation> code;
  std::vector<float> numbers;
  std::vector<BoundOperation> bound;
  const Kernels* kernels = nullptr;
  std::shared_ptr<const Pool> pool;

  [[nodiscard]] int64_t register_size() const { return tile + lanes; }
  [[nodiscard]] int64_t scratch() const { return parts * registers * register_size(); }
  [[nodiscard]] Address address(const Place& place, const Storage& at);
  void bind(const Storage& at);
  void execute(size_t first, size_t last, int64_t element, int64_t n, int64_t part) const;
  void run() const;
};

Address Machine::address(const Place& place, const Storage& at) {
  switch (place.kind) {
    case Place::Kind::none: return {};
    case Place::Kind::memory: return {.base = at[place.index] + place.offset, .step = 1};
    case Place::Kind::number:
      if (place.index < 0) return {.base = &numbers[static_cast<size_t>(place.offset)]};
      return {.base = at[place.index] + place.offset};
    case Place::Kind::tile:
      return {.base = at.scratch() + place.index * register_size(),
              .part_step = registers * register_size()};
  }
  return {};
}

void Machine::bind(const Storage& at) {
  bound.clear();
  for (const Operation& operation : code) {
    BoundOperation& b = bound.emplace_back();
    b.to = address(operation.to, at);
    for (size_t i = 0; i < b.from.size(); ++i) b.from[i] = address(operation.from[i], at);
    if (operation.kernel == nullptr) b.from[0].base = at[operation.from[0].index];
  }
}

void Machine::execute(size_t first, size_t last, int64_t element, int64_t n, int64_t part) const {
  for (size_t i = first; i < last; ++i) {
    const Operation& operation = code[i];
    const BoundOperation& b = bound[i];
    if (operation.kernel != nullptr) {
      operation.kernel(b.to.at(element, part), b.from[0].at(element, part),
                       b.from[1].at(element, part), b.from[2].at(element, part), n);
    } else {
      read_view(b.to.at(element, part), b.from[0].base, operation.view, element, n,
                *kernels);
    }
  }
}

void Machine::run() const {
  const int64_t tiles = (numel + tile - 1) / tile;
  pool->each(parts, [&](int64_t part) {
    const int64_t begin = tiles * part / parts * tile;
    const int64_t end = std::min(tiles * (part + 1) / parts * tile, numel);
    if (begin < end) execute(0, hoisted, 0, tile, part);
    for (int64_t i = begin; i < end; i += tile) {
      execute(hoisted, code.size(), i, std::min(tile, end - i), part);
    }
  });
}

/// Rows of this many elements repeat, or 0: the view does not change from row to row.
int64_t repeated_row(const View& view) {
  return view.rank == 2 && view.axes[0].stride == 0 ? view.axes[1].extent : 0;
}

/// Tiles of whole repeated rows let those be read once.
int64_t tile_length(const Cluster& cluster) {
  int64_t rows = 0;
  for (const Instruction& instruction : cluster.code) {
    for (const Operand& operand : instruction.operands) {
      if (const auto* memory = std::get_if<Memory>(&operand)) {
        rows = std::max(rows, repeated_row(memory->view));
      }
    }
  }
  if (rows == 0) return usual_tile;
  const int64_t unit = std::lcm(rows, lanes);
  if (unit > longest_tile) return usual_tile;
  return unit * std::max<int64_t>(1, usual_tile / unit);
}

/// Turns instructions into operations: registers by liveness, views by loads.
class Assembler {
 public:
  Assembler(const Cluster& cluster, const Kernels& kernels, Machine& machine)
      : cluster_(cluster),
        kernels_(kernels),
        machine_(machine),
        places_(cluster.code.size()),
        last_use_(cluster.code.size(), -1) {}

  void assemble() {
    find_loads();
    find_last_uses();
    emit_hoisted_loads();
    for (size_t i = 0; i < cluster_.code.size(); ++i) {
      if (!cluster_.code[i].operands.empty()) emit(i);
    }
    machine_.registers = registers_;
  }

 private:
  struct Load {
    Memory memory;
    int first_use;
    int last_use;
    bool hoisted;
    Place place{};
  };

  [[nodiscard]] bool needs_load(const View& view) const {
    return !view.contiguous() && !view.number();
  }

  void find_loads() {
    for (size_t i = 0; i < cluster_.code.size(); ++i) {
      for (const Operand& operand : cluster_.code[i].operands) {
        const auto* memory = std::get_if<Memory>(&operand);
        if (memory == nullptr || !needs_load(memory->view)) continue;
        const int now = static_cast<int>(i);
        if (Load* load = find_load(*memory)) {
          load->last_use = now;
        } else {
          const int64_t row = repeated_row(memory->view);
          const bool hoisted = row > 0 && machine_.tile % row == 0;
          loads_.push_back({.memory = *memory, .first_use = now, .last_use = now, .hoisted = hoisted});
        }
      }
    }
  }

  Load* find_load(const Memory& memory) {
    const auto found = std::ranges::find(loads_, memory, &Load::memory);
    return found == loads_.end() ? nullptr : &*found;
  }

  void find_last_uses() {
    for (size_t i = 0; i < cluster_.code.size(); ++i) {
      for (const Operand& operand : cluster_.code[i].operands) {
        if (const auto* result = std::get_if<Result>(&operand)) {
          last_use_[static_cast<size_t>(result->instruction)] = static_cast<int>(i);
        }
      }
    }
  }

  int take_register() {
    if (free_.empty()) return registers_++;
    const int index = free_.back();
    free_.pop_back();
    return index;
  }

  void emit_load(Load& load) {
    load.place = {.kind = Place::Kind::tile, .index = take_register()};
    Operation operation;
    operation.to = load.place;
    operation.from[0] = {.kind = Place::Kind::memory, .index = load.memory.node};
    operation.view = load.memory.view;
    machine_.code.push_back(operation);
  }

  void emit_hoisted_loads() {
    for (Load& load : loads_) {
      if (load.hoisted) emit_load(load);
    }
    machine_.hoisted = machine_.code.size();
  }

  Place number(float value) {
    const auto found = std::ranges::find_if(
        machine_.numbers, [value](float known) { return std::bit_cast<uint32_t>(known) == std::bit_cast<uint32_t>(value); });
    const int64_t at = found - machine_.numbers.begin();
    if (found == machine_.numbers.end()) machine_.numbers.push_back(value);
    return {.kind = Place::Kind::number, .index = -1, .offset = at};
  }

  Place place_of(const Operand& operand) {
    if (const auto* value = std::get_if<float>(&operand)) return number(*value);
    if (const auto* result = std::get_if<Result>(&operand)) {
      return places_[static_cast<size_t>(result->instruction)];
    }
    const auto& memory = std::get<Memory>(operand);
    if (needs_load(memory.view)) return find_load(memory)->place;
    const bool single = memory.view.number() && cluster_.numel > 1;
    return {.kind = single ? Place::Kind::number : Place::Kind::memory,
            .index = memory.node,
            .offset = memory.view.offset};
  }

  void release(const Instruction& instruction, int now) {
    for (const Operand& operand : instruction.operands) {
      Place place;
      if (const auto* result = std::get_if<Result>(&operand)) {
        if (last_use_[static_cast<size_t>(result->instruction)] != now) continue;
        place = places_[static_cast<size_t>(result->instruction)];
      } else if (const auto* memory = std::get_if<Memory>(&operand)) {
        const Load* load = find_load(*memory);
        if (load == nullptr || load->hoisted || load->last_use != now) continue;
        place = load->place;
      }
      // An operand may occur twice: it is freed once.
      if (place.kind == Place::Kind::tile && std::ranges::find(free_, place.index) == free_.end()) {
        free_.push_back(place.index);
      }
    }
  }

  void emit(size_t i) {
    const Instruction& instruction = cluster_.code[i];
    const int now = static_cast<int>(i);
    for (Load& load : loads_) {
      if (!load.hoisted && load.first_use == now) emit_load(load);
    }
    Operation operation;
    size_t mask = 0;
    for (size_t k = 0; k < instruction.operands.size(); ++k) {
      operation.from[k] = place_of(instruction.operands[k]);
      if (operation.from[k].kind == Place::Kind::number) mask |= size_t{1} << k;
    }
    const auto& kernels = kernels_.tile[static_cast<size_t>(instruction.kernel)];
    release(instruction, now);
    places_[i] = instruction.stored ? Place{.kind = Place::Kind::memory, .index = instruction.node}
                                    : Place{.kind = Place::Kind::tile, .index = take_register()};
    operation.to = places_[i];
    if (kernels[mask] == nullptr) {
      // Only numbers: the first becomes a tile, in the place of the result.
      Operation spread;
      spread.kernel = kernels_.tile[static_cast<size_t>(Kernel::copy)][a_is_number];
      spread.from[0] = operation.from[0];
      spread.to = operation.to;
      machine_.code.push_back(spread);
      operation.from[0] = operation.to;
      mask &= ~a_is_number;
    }
    operation.kernel = kernels[mask];
    assert(operation.kernel != nullptr);
    machine_.code.push_back(operation);
  }

  const Cluster& cluster_;
  const Kernels& kernels_;
  Machine& machine_;
  std::vector<Place> places_;  // of results
  std::vector<int> last_use_;  // of results
  std::vector<Load> loads_;
  std::vector<int> free_;
  int registers_ = 0;
};

/// A stored result may take over memory that is read element by element, and not after it.
std::vector<std::pair<int, int>> in_place_pairs(const Cluster& cluster,
                                                const std::vector<int>& reads) {
  std::vector<std::pair<int, int>> pairs;
  for (const int node : reads) {
    int last_read = -1;
    bool plain = true;
    for (size_t i = 0; i < cluster.code.size(); ++i) {
      for (const Operand& operand : cluster.code[i].operands) {
        const auto* memory = std::get_if<Memory>(&operand);
        if (memory == nullptr || memory->node != node) continue;
        last_read = static_cast<int>(i);
        plain = plain && memory->view.contiguous() && memory->view.offset == 0;
      }
    }
    if (!plain) continue;
    for (size_t i = static_cast<size_t>(std::max(last_read, 0)); i < cluster.code.size(); ++i) {
      const Instruction& instruction = cluster.code[i];
      if (instruction.stored) pairs.emplace_back(node, instruction.node);
    }
  }
  return pairs;
}

void add_once(std::vector<int>& nodes, int node) {
  if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
}

}  // namespace

Step fused_step(Cluster cluster, const Kernels& kernels, std::shared_ptr<const Pool> pool) {
  fuse_products(cluster);
  auto machine = std::make_shared<Machine>();
  machine->numel = cluster.numel;
  machine->tile = tile_length(cluster);
  machine->parts = std::clamp<int64_t>(cluster.numel / elements_per_part, 1, pool->threads());
  machine->kernels = &kernels;
  machine->pool = std::move(pool);
  Assembler(cluster, kernels, *machine).assemble();

  Step step;
  int operations = 0;
  for (const Instruction& instruction : cluster.code) {
    operations += instruction.operands.empty() ? 0 : 1;
    if (instruction.stored) step.writes.push_back(instruction.node);
    for (const Operand& operand : instruction.operands) {
      if (const auto* memory = std::get_if<Memory>(&operand)) add_once(step.reads, memory->node);
    }
  }
  step.label = fmt::format("fused {} ops x {}, {} in {} out", operations, cluster.numel,
                           step.reads.size(), step.writes.size());
  step.scratch = machine->scratch();
  step.flops = cluster.flops;
  step.in_place = in_place_pairs(cluster, step.reads);
  step.bind = [machine](const Storage& at) { machine->bind(at); };
  step.run = [machine](const Storage&) { machine->run(); };
  return step;
}

}  // namespace rivulet::exec::xnnpack
