#include "rivulet/exec/xnnpack/fused.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <numeric>

#include "rivulet/exec/xnnpack/strided.h"

namespace rivulet::exec::xnnpack {
namespace {

using plan::Cluster;
using plan::Fold;
using plan::Instruction;
using plan::Operand;
using plan::Result;
using plan::View;

constexpr int64_t usual_tile = 1024;

// Where an operand or a result lies.
struct Location {
  enum class Kind : uint8_t {
    none,
    memory,    // element i at offset + i of a node's storage
    single,    // one number of a node's storage, for all elements
    constant,  // one of the machine's own numbers
    tile,      // a register
  } kind = Kind::none;
  int index = -1;      // node, number or register
  int64_t offset = 0;  // into the node's storage
};

struct Operation {
  enum class Kind : uint8_t {
    map,     // to = kernel(from...)
    rows,    // the same, row by row: some operands are one number per row
    read,    // to = view of from[0]'s storage
    fold,    // to[r] = sum or max of row r of from[0]
    spread,  // row r of to = from[0][r]
    store,   // to = from[0], exactly
  } kind = Kind::map;
  bool per_row = false;  // counts rows, not elements
  TileKernel kernel = nullptr;
  Fold fold = Fold::none;
  Location to = {};
  std::array<Location, 3> from = {};
  std::array<int64_t, 3> row_steps = {};  // from a row of each operand to the next
  View view = {};
};

// For element (or row) i of part p: base + i step + p part_step.
struct Address {
  float* base = nullptr;
  int64_t step = 0;
  int64_t part_step = 0;

  [[nodiscard]] float* at(int64_t i, int64_t part) const {
    return base + i * step + part * part_step;
  }
};

struct BoundOperation {
  Address to;
  std::array<Address, 3> from;
};

/// A cluster made ready to run.
struct Machine {
  int64_t numel = 0;
  int64_t row = 0;
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
  [[nodiscard]] Address address(const Location& location, const Storage& at);
  void bind(const Storage& at);
  void execute(size_t first, size_t last, int64_t element, int64_t n, int64_t part) const;
  void execute_rare(size_t index, int64_t i, int64_t n, int64_t part) const;
  void run() const;
};

Address Machine::address(const Location& location, const Storage& at) {
  switch (location.kind) {
    case Location::Kind::none:
      return {};
    case Location::Kind::memory:
      return {.base = at[location.index] + location.offset, .step = 1};
    case Location::Kind::single:
      return {.base = at[location.index] + location.offset};
    case Location::Kind::constant:
      return {.base = &numbers[static_cast<size_t>(location.index)]};
    case Location::Kind::tile:
      return {.base = at.scratch() + location.index * register_size(),
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
  }
}

void Machine::execute(size_t first, size_t last, int64_t element, int64_t n, int64_t part) const {
  for (size_t k = first; k < last; ++k) {
    const Operation& operation = code[k];
    const int64_t i = operation.per_row ? element / row : element;
    const int64_t count = operation.per_row ? n / row : n;
    if (operation.kind == Operation::Kind::map) {
      const BoundOperation& b = bound[k];
      operation.kernel(b.to.at(i, part), b.from[0].at(i, part), b.from[1].at(i, part),
                       b.from[2].at(i, part), count);
    } else {
      execute_rare(k, i, count, part);
    }
  }
}

void Machine::execute_rare(size_t index, int64_t i, int64_t n, int64_t part) const {
  const Operation& operation = code[index];
  const BoundOperation& b = bound[index];
  float* to = b.to.at(i, part);
  const float* from = b.from[0].at(i, part);
  switch (operation.kind) {
    case Operation::Kind::map:
      break;
    case Operation::Kind::rows: {
      const auto& steps = operation.row_steps;
      const float* b1 = b.from[1].at(i, part);
      const float* b2 = b.from[2].at(i, part);
      for (int64_t r = 0; r < n / row; ++r) {
        operation.kernel(to + r * row, from + r * steps[0], b1 + r * steps[1], b2 + r * steps[2],
                         row);
      }
      return;
    }
    case Operation::Kind::read:
      return read_view(to, b.from[0].base, operation.view, i, n, *kernels);
    case Operation::Kind::fold: {
      const auto fold = operation.fold == Fold::sum ? kernels->sum_rows : kernels->max_rows;
      return fold(to, from, n / row, row);
    }
    case Operation::Kind::spread: {
      const auto fill = kernels->tile[static_cast<size_t>(Kernel::copy)][a_is_number];
      for (int64_t r = 0; r < n / row; ++r) fill(to + r * row, from + r, from, from, row);
      return;
    }
    case Operation::Kind::store:
      std::copy_n(from, n, to);
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

/// Tiles hold whole rows where rows are folded, and, if they can, where rows repeat: those are then
/// read once.
int64_t tile_length(const Cluster& cluster) {
  const int64_t unit = std::lcm(std::max<int64_t>(cluster.row, 1), lanes);
  int64_t repeated = 0;
  for (const Instruction& instruction : cluster.code) {
    for (const Operand& operand : instruction.operands) {
      const auto* memory = std::get_if<plan::Memory>(&operand);
      if (memory != nullptr && !instruction.per_row) {
        repeated = std::max(repeated, repeated_row(memory->view));
      }
    }
  }
  const int64_t both = std::lcm(unit, std::max<int64_t>(repeated, 1));
  const int64_t length = both <= longest_tile / 2 ? both : unit;
  return length * std::max<int64_t>(1, usual_tile / length);
}

/// Turns instructions into operations: registers by liveness; views, and what is spread from one
/// number per row to its elements, by operations of their own before the first use.
class Assembler {
 public:
  Assembler(const Cluster& cluster, const Kernels& kernels, Machine& machine)
      : cluster_(cluster),
        kernels_(kernels),
        machine_(machine),
        locations_(cluster.code.size()),
        last_use_(cluster.code.size(), -1) {}

  void assemble() {
    find_uses();
    for (Extra& extra : extras_) {
      if (extra.hoisted) emit_extra(extra);
    }
    machine_.hoisted = machine_.code.size();
    for (size_t i = 0; i < cluster_.code.size(); ++i) {
      if (!cluster_.code[i].operands.empty()) emit(i);
    }
    machine_.registers = registers_;
  }

 private:
  /// An operand that must be made into a tile first.
  struct Extra {
    Operand operand;
    bool per_row;
    int first_use;
    int last_use;
    bool hoisted = false;
    Location location = {};
  };

  [[nodiscard]] static bool works_per_row(const Instruction& reader) {
    return reader.per_row && reader.fold == Fold::none;
  }

  [[nodiscard]] bool needs_extra(const Operand& operand, const Instruction& reader) const {
    if (const auto* memory = std::get_if<plan::Memory>(&operand)) {
      return !memory->view.contiguous() && !memory->view.number();
    }
    return from_row(operand, reader) && !goes_by_rows(reader);
  }

  /// One number per row, read for all elements.
  [[nodiscard]] bool from_row(const Operand& operand, const Instruction& reader) const {
    const auto* result = std::get_if<Result>(&operand);
    return result != nullptr && !works_per_row(reader) &&
           cluster_.code[static_cast<size_t>(result->instruction)].per_row;
  }

  /// Kernels may run row by row, with numbers, where whole vectors do not reach into the next row.
  [[nodiscard]] bool goes_by_rows(const Instruction& reader) const {
    return reader.fold == Fold::none && cluster_.row % lanes == 0;
  }

  Extra* find_extra(const Operand& operand, const Instruction& reader) {
    const auto found = std::ranges::find_if(extras_, [&](const Extra& extra) {
      return extra.operand == operand && extra.per_row == works_per_row(reader);
    });
    return found == extras_.end() ? nullptr : &*found;
  }

  void find_uses() {
    for (size_t i = 0; i < cluster_.code.size(); ++i) {
      const Instruction& instruction = cluster_.code[i];
      for (const Operand& operand : instruction.operands) {
        const int now = static_cast<int>(i);
        if (const auto* result = std::get_if<Result>(&operand)) {
          last_use_[static_cast<size_t>(result->instruction)] = now;
        }
        if (needs_extra(operand, instruction)) use_extra(operand, instruction, now);
      }
    }
  }

  void use_extra(const Operand& operand, const Instruction& reader, int now) {
    if (Extra* extra = find_extra(operand, reader)) {
      extra->last_use = now;
      return;
    }
    Extra extra{
        .operand = operand, .per_row = works_per_row(reader), .first_use = now, .last_use = now};
    if (const auto* memory = std::get_if<plan::Memory>(&operand);
        memory != nullptr && !extra.per_row) {
      const int64_t row = repeated_row(memory->view);
      extra.hoisted = row > 0 && machine_.tile % row == 0;
    }
    extras_.push_back(extra);
  }

  int take_register() {
    if (free_.empty()) return registers_++;
    const int index = free_.back();
    free_.pop_back();
    return index;
  }

  void give_back(const Location& location) {
    // An operand may occur twice: it is freed once.
    if (location.kind == Location::Kind::tile &&
        std::ranges::find(free_, location.index) == free_.end()) {
      free_.push_back(location.index);
    }
  }

  void emit_extra(Extra& extra) {
    extra.location = {.kind = Location::Kind::tile, .index = take_register()};
    Operation operation{.per_row = extra.per_row, .to = extra.location};
    if (const auto* memory = std::get_if<plan::Memory>(&extra.operand)) {
      operation.kind = Operation::Kind::read;
      operation.from[0] = {.kind = Location::Kind::memory, .index = memory->node};
      operation.view = memory->view;
    } else {
      operation.kind = Operation::Kind::spread;
      operation.from[0] =
          locations_[static_cast<size_t>(std::get<Result>(extra.operand).instruction)];
    }
    machine_.code.push_back(operation);
  }

  Location number(float value) {
    const auto same = [value](float known) {
      return std::bit_cast<uint32_t>(known) == std::bit_cast<uint32_t>(value);
    };
    const auto found = std::ranges::find_if(machine_.numbers, same);
    const auto index = static_cast<int>(found - machine_.numbers.begin());
    if (found == machine_.numbers.end()) machine_.numbers.push_back(value);
    return {.kind = Location::Kind::constant, .index = index};
  }

  Location location_of(const Operand& operand, const Instruction& reader) {
    if (const auto* value = std::get_if<float>(&operand)) return number(*value);
    if (needs_extra(operand, reader)) return find_extra(operand, reader)->location;
    if (const auto* result = std::get_if<Result>(&operand)) {
      return locations_[static_cast<size_t>(result->instruction)];
    }
    const auto& memory = std::get<plan::Memory>(operand);
    const bool single = memory.view.number() && cluster_.numel > 1;
    return {.kind = single ? Location::Kind::single : Location::Kind::memory,
            .index = memory.node,
            .offset = memory.view.offset};
  }

  /// Registers that this instruction is the last to read.
  void release(const Instruction& instruction, int now) {
    for (const Operand& operand : instruction.operands) {
      const auto* result = std::get_if<Result>(&operand);
      if (result != nullptr && last_use_[static_cast<size_t>(result->instruction)] == now) {
        give_back(locations_[static_cast<size_t>(result->instruction)]);
      }
      if (!needs_extra(operand, instruction)) continue;
      const Extra* extra = find_extra(operand, instruction);
      if (!extra->hoisted && extra->last_use == now) give_back(extra->location);
    }
  }

  void emit(size_t i) {
    const Instruction& instruction = cluster_.code[i];
    const int now = static_cast<int>(i);
    for (Extra& extra : extras_) {
      if (!extra.hoisted && extra.first_use == now) emit_extra(extra);
    }
    Operation operation{.per_row = works_per_row(instruction), .fold = instruction.fold};
    size_t numbers = 0;
    for (size_t k = 0; k < instruction.operands.size(); ++k) {
      const Operand& operand = instruction.operands[k];
      operation.from[k] = location_of(operand, instruction);
      const bool number = operation.from[k].kind == Location::Kind::single ||
                          operation.from[k].kind == Location::Kind::constant;
      const bool of_row = from_row(operand, instruction) && goes_by_rows(instruction);
      if (number || of_row) numbers |= size_t{1} << k;
      if (of_row) operation.kind = Operation::Kind::rows;
      operation.row_steps[k] = number ? 0 : (of_row ? 1 : cluster_.row);
    }
    // Row by row, a result in the place of an operand would overwrite numbers yet to be read.
    const bool by_rows = operation.kind == Operation::Kind::rows;
    if (!by_rows) release(instruction, now);
    // One number per row is stored exactly: what vectors write too much there is another part's.
    const bool in_memory = instruction.stored && !instruction.per_row;
    locations_[i] = in_memory ? Location{.kind = Location::Kind::memory, .index = instruction.node}
                              : Location{.kind = Location::Kind::tile, .index = take_register()};
    if (by_rows) release(instruction, now);
    operation.to = locations_[i];
    if (instruction.fold != Fold::none) {
      operation.kind = Operation::Kind::fold;
      machine_.code.push_back(operation);
    } else {
      emit_map(operation, instruction.kernel, numbers);
    }
    if (instruction.stored && instruction.per_row) {
      Operation store{.kind = Operation::Kind::store, .per_row = true};
      store.to = {.kind = Location::Kind::memory, .index = instruction.node};
      store.from[0] = locations_[i];
      machine_.code.push_back(store);
    }
    if (last_use_[i] < 0) give_back(locations_[i]);
  }

  void emit_map(Operation operation, Kernel kernel, size_t numbers) {
    const auto& kernels = kernels_.tile[static_cast<size_t>(kernel)];
    if (kernels[numbers] == nullptr) {
      // Only numbers: the first becomes a tile, in the place of the result.
      Operation fill = operation;
      fill.kernel = kernels_.tile[static_cast<size_t>(Kernel::copy)][a_is_number];
      machine_.code.push_back(fill);
      operation.from[0] = operation.to;
      operation.row_steps[0] = cluster_.row;
      numbers &= ~a_is_number;
    }
    operation.kernel = kernels[numbers];
    assert(operation.kernel != nullptr);
    machine_.code.push_back(operation);
  }

  const Cluster& cluster_;
  const Kernels& kernels_;
  Machine& machine_;
  std::vector<Location> locations_;  // of results
  std::vector<int> last_use_;        // of results
  std::vector<Extra> extras_;
  std::vector<int> free_;
  int registers_ = 0;
};

}  // namespace

Step fused_step(const Cluster& cluster, const Kernels& kernels, std::shared_ptr<const Pool> pool) {
  auto machine = std::make_shared<Machine>();
  machine->numel = cluster.numel;
  machine->row = cluster.row;
  machine->tile = tile_length(cluster);
  const auto instructions = static_cast<int64_t>(cluster.code.size());
  machine->parts = pool->parts(cluster.numel * (moving + computing * instructions));
  machine->kernels = &kernels;
  machine->pool = std::move(pool);
  Assembler(cluster, kernels, *machine).assemble();
  Step step;
  step.scratch = machine->scratch();
  step.bind = [machine](const Storage& at) { machine->bind(at); };
  step.run = [machine](const Storage&) { machine->run(); };
  return step;
}

}  // namespace rivulet::exec::xnnpack
