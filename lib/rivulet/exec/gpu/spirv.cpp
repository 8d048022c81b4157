// Kernels as SPIR-V, what Vulkan's drivers read: a line is an instruction or two, so that no
// compiler is needed between.
#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "rivulet/exec/gpu/kernel.h"
#include "rivulet/exec/gpu/spirv_numbers.h"

namespace rivulet::exec::gpu {
namespace {

using namespace spirv_numbers;

class Assembler {
 public:
  Assembler(const Kernel& kernel, std::span<const int> blocks, const FloatControls& controls)
      : kernel_(kernel), blocks_(blocks), controls_(controls), ids_(kernel.lines.size()) {}

  Words assemble() {
    declare();
    begin_function();
    const bool wraps = kernel_.groups > most_groups;
    if (wraps) open_when(value(op::SLessThan, bool_, {group_, integer(kernel_.groups)}));
    for (size_t i = 0; i < kernel_.lines.size(); ++i) write(i);
    if (wraps) close();
    put(body_, op::Return, {});
    put(body_, op::FunctionEnd, {});
    return module();
  }

 private:
  /// A loop or a condition that is not yet closed.
  struct Scope {
    Word merge;
    Word next = 0;  ///< of loops: where the counter moves on
    Word header = 0;
    Word counter = 0;
    Word step = 0;
  };

  // Words.

  static void put(Words& to, Word code, const Words& operands) {
    to.push_back(static_cast<Word>(operands.size() + 1) << 16U | code);
    to.insert(to.end(), operands.begin(), operands.end());
  }
  static void append_text(Words& to, std::string_view text) {
    for (size_t i = 0; i <= text.size(); i += 4) {
      Word word = 0;
      for (size_t k = i; k < std::min(i + 4, text.size()); ++k) {
        word |= static_cast<Word>(static_cast<unsigned char>(text[k])) << 8U * (k - i);
      }
      to.push_back(word);
    }
  }
  Word id() { return next_id_++; }

  /// A type or constant; equal ones are one.
  Word declared(Word code, Words operands, std::optional<Word> type = {}) {
    Words key = operands;
    key.insert(key.begin(), {code, type.value_or(0)});
    const auto [found, made] = declared_.try_emplace(std::move(key), 0);
    if (!made) return found->second;
    found->second = id();
    operands.insert(operands.begin(), found->second);
    if (type) operands.insert(operands.begin(), *type);
    put(types_, code, operands);
    return found->second;
  }
  Word integer(int64_t number) {
    return declared(op::Constant, {static_cast<Word>(static_cast<int32_t>(number))}, int_);
  }
  Word natural(Word number) { return declared(op::Constant, {number}, uint_); }
  Word pointer(Word class_of_storage, Word type) {
    return declared(op::TypePointer, {class_of_storage, type});
  }
  Word value(Word code, Word type, Words operands) {
    const Word result = id();
    operands.insert(operands.begin(), {type, result});
    put(body_, code, operands);
    return result;
  }
  /// A variable of the whole module.
  Word global(Word class_of_storage, Word type) {
    const Word result = id();
    put(types_, op::Variable, {pointer(class_of_storage, type), result, class_of_storage});
    interface_.push_back(result);
    return result;
  }
  Word local(Word type) {
    const Word result = id();
    put(variables_, op::Variable, {pointer(storage::Function, type), result, storage::Function});
    return result;
  }
  void decorate(Word target, Words how) {
    how.insert(how.begin(), target);
    put(decorations_, op::Decorate, how);
  }

  // What is given.

  void declare() {
    void_ = declared(op::TypeVoid, {});
    bool_ = declared(op::TypeBool, {});
    int_ = declared(op::TypeInt, {32, 1});
    uint_ = declared(op::TypeInt, {32, 0});
    real_ = declared(op::TypeFloat, {32});
    math_ = id();
    const Word four = declared(op::TypeVector, {int_, 4});
    const auto vectors = static_cast<Word>(std::max(1, (kernel_.operands + 3) / 4));
    const Word array = declared(op::TypeArray, {four, natural(vectors)});
    decorate(array, {decoration::ArrayStride, 16});
    places_ = bound(storage::Uniform, array, 0);
    const Word floats = declared(op::TypeRuntimeArray, {real_});
    decorate(floats, {decoration::ArrayStride, 4});
    for (const int block : std::set<int>(blocks_.begin(), blocks_.end())) {
      buffers_[block] = bound(storage::StorageBuffer, floats, static_cast<Word>(block) + 1);
    }
    for (const SharedArray& own : kernel_.shared) {
      const Word size = natural(static_cast<Word>(own.size));
      const Word type = declared(op::TypeArray, {own.halves ? half() : real_, size});
      shared_.push_back(global(storage::Workgroup, type));
    }
  }

  /// A struct of one array, at a binding.
  Word bound(Word class_of_storage, Word array, Word binding) {
    const bool known = declared_.contains({op::TypeStruct, 0, array});
    const Word type = declared(op::TypeStruct, {array});
    if (!known) {
      decorate(type, {decoration::Block});
      put(decorations_, op::MemberDecorate, {type, 0, decoration::Offset, 0});
    }
    const Word variable = global(class_of_storage, type);
    decorate(variable, {decoration::DescriptorSet, 0});
    decorate(variable, {decoration::Binding, binding});
    return variable;
  }

  /// A whole number that differs from thread to thread.
  Word given(Word builtin) {
    const Word variable = global(storage::Input, uint_);
    decorate(variable, {decoration::BuiltIn, builtin});
    return value(op::Bitcast, int_, {value(op::Load, uint_, {variable})});
  }

  void begin_function() {
    function_type_ = declared(op::TypeFunction, {void_});
    main_ = id();
    entry_ = id();
    const Word three = declared(op::TypeVector, {uint_, 3});
    const Word group_id = global(storage::Input, three);
    decorate(group_id, {decoration::BuiltIn, workgroup_id});
    if (kernel_.subgroup > 0) {
      // Which threads make a subgroup is the card's choice: so they are numbered by it.
      subgroup_ = given(subgroup_id);
      const Word number = given(subgroup_local_invocation_id);
      const Word before = value(op::IMul, int_, {subgroup_, integer(kernel_.subgroup)});
      lane_ = value(op::IAdd, int_, {before, number});
    } else {
      lane_ = given(local_invocation_index);
    }
    const Word groups = value(op::Load, three, {group_id});
    const Word x = value(op::CompositeExtract, uint_, {groups, 0});
    const Word y = value(op::CompositeExtract, uint_, {groups, 1});
    const Word before = value(op::IMul, uint_, {y, natural(static_cast<Word>(most_groups))});
    group_ = value(op::Bitcast, int_, {value(op::IAdd, uint_, {x, before})});
    for (int i = 0; i < kernel_.operands; ++i) {
      const Word place = value(op::AccessChain, pointer(storage::Uniform, int_),
                               {places_, integer(0), integer(i / 4), integer(i % 4)});
      begins_.push_back(value(op::Load, int_, {place}));
    }
  }

  // Lines.

  [[nodiscard]] const Line& line(int i) const { return kernel_.lines[static_cast<size_t>(i)]; }
  [[nodiscard]] Word arg(const Line& l, size_t i) const {
    return ids_[static_cast<size_t>(l.args[i])];
  }
  Word type(Type type) {
    switch (type) {
      case Type::real:
        return real_;
      case Type::integer:
        return int_;
      case Type::left:
        return matrix(half(), kernel_.unit.m, kernel_.unit.k, 0);
      case Type::right:
        return matrix(half(), kernel_.unit.k, kernel_.unit.n, 1);
      case Type::product:
        return matrix(real_, kernel_.unit.m, kernel_.unit.n, 2);
      default:
        return bool_;
    }
  }
  [[nodiscard]] bool multiplies() const { return kernel_.unit.m > 0; }
  Word half() { return declared(op::TypeFloat, {16}); }
  Word matrix(Word of, int rows, int columns, Word use) {
    return declared(op::TypeCooperativeMatrix,
                    {of, natural(subgroup_scope), natural(static_cast<Word>(rows)),
                     natural(static_cast<Word>(columns)), natural(use)});
  }

  void write(size_t i) {
    const Line& l = kernel_.lines[i];
    switch (l.code) {
      case Code::real:
        ids_[i] = declared(op::Constant, {static_cast<Word>(l.number)}, real_);
        return;
      case Code::integer:
        ids_[i] = integer(l.number);
        return;
      case Code::group:
        ids_[i] = group_;
        return;
      case Code::lane:
        ids_[i] = lane_;
        return;
      case Code::subgroup:
        ids_[i] = subgroup_;
        return;
      case Code::load:
        ids_[i] = value(op::Load, real_, {element(l)});
        return;
      case Code::store:
        return put(body_, op::Store, {element(l), arg(l, 1)});
      case Code::load_shared:
        ids_[i] = value(op::Load, real_, shared_by({element(l)}));
        return;
      case Code::store_shared:
        return store_shared(l);
      case Code::shuffle: {
        const Word from = value(op::Bitcast, uint_, {arg(l, 1)});
        ids_[i] = value(op::GroupNonUniformShuffle, type(l.type),
                        {natural(subgroup_scope), arg(l, 0), from});
        return;
      }
      case Code::load_left:
      case Code::load_right:
        ids_[i] = value(op::CooperativeMatrixLoad, type(l.type),
                        shared_by({element(l), natural(0), arg(l, 1)}));
        return;
      case Code::multiply:
        return put(body_, op::Store,
                   {arg(l, 0), value(op::CooperativeMatrixMulAdd, type(Type::product),
                                     {arg(l, 1), arg(l, 2), contents(l, 0)})});
      case Code::store_product:
        return put(body_, op::CooperativeMatrixStore,
                   shared_by({element(l), contents(l, 2), natural(0), arg(l, 1)}));
      case Code::variable:
        ids_[i] = local(type(l.type));
        return put(body_, op::Store, {ids_[i], first_value(l)});
      case Code::get:
        ids_[i] = value(op::Load, type(l.type), {arg(l, 0)});
        return;
      case Code::set:
        return put(body_, op::Store, {arg(l, 0), arg(l, 1)});
      case Code::loop:
        ids_[i] = open_loop(arg(l, 0), arg(l, 1), integer(l.number));
        return;
      case Code::when:
        return open_when(arg(l, 0));
      case Code::leave:
        return leave(arg(l, 0));
      case Code::end:
        return close();
      case Code::barrier:
        return put(body_, op::ControlBarrier,
                   {natural(workgroup_scope), natural(workgroup_scope),
                    natural(multiplies() ? shared_order_and_sight : shared_order)});
      default:
        ids_[i] = compute(l);
    }
  }

  /// Operands of an access to what the group shares.
  [[nodiscard]] Words shared_by(Words operands) const {
    if (multiplies()) operands.push_back(nobodys_own);
    return operands;
  }
  void store_shared(const Line& l) {
    const bool halves = kernel_.shared[static_cast<size_t>(l.number)].halves;
    const Word stored = halves ? value(op::FConvert, half(), {arg(l, 1)}) : arg(l, 1);
    put(body_, op::Store, shared_by({element(l), stored}));
  }
  /// Of a variable with small matrices.
  Word contents(const Line& l, size_t i) {
    return value(op::Load, type(Type::product), {arg(l, i)});
  }
  Word first_value(const Line& l) {
    if (l.type != Type::product) return arg(l, 0);
    return value(op::CompositeConstruct, type(l.type), {arg(l, 0)});
  }

  /// The address of an operand's or a shared array's element.
  Word element(const Line& l) {
    const auto operand = static_cast<size_t>(l.number);
    if (l.code != Code::load && l.code != Code::store) {
      const Word of = kernel_.shared[operand].halves ? half() : real_;
      return value(op::AccessChain, pointer(storage::Workgroup, of), {shared_[operand], arg(l, 0)});
    }
    const Word index = value(op::IAdd, int_, {begins_[operand], arg(l, 0)});
    return value(op::AccessChain, pointer(storage::StorageBuffer, real_),
                 {buffers_.at(blocks_[operand]), integer(0), index});
  }

  Word compute(const Line& l) {
    if (const Word function = math_function(l.code)) {
      Words operands{math_, function};
      for (size_t k = 0; k < l.args.size() && l.args[k] >= 0; ++k) operands.push_back(arg(l, k));
      return value(op::ExtInst, real_, operands);
    }
    Words operands;
    for (size_t k = 0; k < l.args.size() && l.args[k] >= 0; ++k) operands.push_back(arg(l, k));
    const bool shifts = l.code == Code::shift_left || l.code == Code::shift_right;
    if (shifts) operands.push_back(natural(static_cast<Word>(l.number)));
    const bool real = line(l.args[0]).type == Type::real;
    const Word result = value(operation(l.code, real), type(l.type), operands);
    // What the processor rounds twice is not rounded once.
    const bool exact = l.code == Code::add || l.code == Code::sub || l.code == Code::mul;
    if (real && exact) decorate(result, {decoration::NoContraction});
    return result;
  }

  /// Of the extended instructions for graphics, or 0.
  static Word math_function(Code code) {
    switch (code) {
      case Code::abs:
        return 4;
      case Code::floor:
        return 8;
      case Code::sin:
        return 13;
      case Code::cos:
        return 14;
      case Code::sqrt:
        return 31;
      case Code::fma:
        return 50;
      default:
        return 0;
    }
  }

  static Word operation(Code code, bool real) {
    switch (code) {
      case Code::add:
        return real ? op::FAdd : op::IAdd;
      case Code::sub:
        return real ? op::FSub : op::ISub;
      case Code::mul:
        return real ? op::FMul : op::IMul;
      case Code::div:
        return real ? op::FDiv : op::SDiv;
      case Code::rem:
        return op::SRem;
      case Code::less:
        return real ? op::FOrdLessThan : op::SLessThan;
      case Code::at_most:
        return real ? op::FOrdLessThanEqual : op::SLessThanEqual;
      case Code::equal:
        return real ? op::FOrdEqual : op::IEqual;
      case Code::both:
        return op::LogicalAnd;
      case Code::either:
        return op::LogicalOr;
      case Code::opposite:
        return op::LogicalNot;
      case Code::select:
        return op::Select;
      case Code::to_integer:
        return op::ConvertFToS;
      case Code::to_real:
        return op::ConvertSToF;
      case Code::shift_left:
        return op::ShiftLeftLogical;
      case Code::shift_right:
        return op::ShiftRightArithmetic;
      case Code::bit_and:
        return op::BitwiseAnd;
      case Code::bit_xor:
        return op::BitwiseXor;
      default:
        return op::Bitcast;  // bits_of, real_of
    }
  }

  // Structure.

  void label(Word at) { put(body_, op::Label, {at}); }

  Word open_loop(Word begin, Word end, Word step) {
    const Scope scope{
        .merge = id(), .next = id(), .header = id(), .counter = local(int_), .step = step};
    const Word test = id();
    const Word inside = id();
    put(body_, op::Store, {scope.counter, begin});
    put(body_, op::Branch, {scope.header});
    label(scope.header);
    put(body_, op::LoopMerge, {scope.merge, scope.next, 0});
    put(body_, op::Branch, {test});
    label(test);
    const Word now = value(op::Load, int_, {scope.counter});
    put(body_, op::BranchConditional,
        {value(op::SLessThan, bool_, {now, end}), inside, scope.merge});
    label(inside);
    scopes_.push_back(scope);
    return now;
  }

  void open_when(Word condition) {
    const Word inside = id();
    const Scope scope{.merge = id()};
    put(body_, op::SelectionMerge, {scope.merge, 0});
    put(body_, op::BranchConditional, {condition, inside, scope.merge});
    label(inside);
    scopes_.push_back(scope);
  }

  void leave(Word condition) {
    const auto loop = std::find_if(scopes_.rbegin(), scopes_.rend(),
                                   [](const Scope& scope) { return scope.header != 0; });
    const Word out = id();
    const Word on = id();
    put(body_, op::SelectionMerge, {on, 0});
    put(body_, op::BranchConditional, {condition, out, on});
    label(out);
    put(body_, op::Branch, {loop->merge});
    label(on);
  }

  void close() {
    const Scope scope = scopes_.back();
    scopes_.pop_back();
    if (scope.header != 0) {
      put(body_, op::Branch, {scope.next});
      label(scope.next);
      const Word now = value(op::Load, int_, {scope.counter});
      put(body_, op::Store, {scope.counter, value(op::IAdd, int_, {now, scope.step})});
      put(body_, op::Branch, {scope.header});
    } else {
      put(body_, op::Branch, {scope.merge});
    }
    label(scope.merge);
  }

  Words module() const {
    Words words{0x07230203, 0x00010500, 0, next_id_, 0};
    const auto mode = [&](Words& to, Words operands) {
      operands.insert(operands.begin(), main_);
      put(to, op::ExecutionMode, operands);
    };
    Words modes;
    put(words, op::Capability, {shader_capability});
    if (kernel_.subgroup > 0) {
      put(words, op::Capability, {subgroup_capability});
      put(words, op::Capability, {shuffle_capability});
    }
    Words extensions;
    if (multiplies()) {
      for (const Word capability : {half_capability, vulkan_memory_capability, matrix_capability}) {
        put(words, op::Capability, {capability});
      }
      Words name;
      append_text(name, "SPV_KHR_cooperative_matrix");
      put(extensions, op::Extension, name);
    }
    mode(modes, {17, static_cast<Word>(kernel_.threads), 1, 1});  // LocalSize
    if (controls_.denormals) {
      put(words, op::Capability, {denorm_preserve_capability});
      mode(modes, {denorm_preserve, 32});
    }
    if (controls_.specials) {
      put(words, op::Capability, {nan_preserve_capability});
      mode(modes, {nan_preserve, 32});
    }
    words.insert(words.end(), extensions.begin(), extensions.end());
    Words import{math_};
    append_text(import, "GLSL.std.450");
    put(words, op::ExtInstImport, import);
    put(words, op::MemoryModel, {0, multiplies() ? 3U : 1U});  // Logical; Vulkan, GLSL450
    Words entry{5, main_};                                     // GLCompute
    append_text(entry, "main");
    entry.insert(entry.end(), interface_.begin(), interface_.end());
    put(words, op::EntryPoint, entry);
    for (const Words* part : {&std::as_const(modes), &decorations_, &types_}) {
      words.insert(words.end(), part->begin(), part->end());
    }
    put(words, op::Function, {void_, main_, 0, function_type_});
    put(words, op::Label, {entry_});
    for (const Words* part : {&variables_, &body_}) {
      words.insert(words.end(), part->begin(), part->end());
    }
    return words;
  }

  const Kernel& kernel_;
  std::span<const int> blocks_;
  FloatControls controls_;
  Words ids_;  // by line
  Word next_id_ = 1;
  std::map<Words, Word> declared_;
  Words decorations_;
  Words types_;
  Words variables_;
  Words body_;
  Words interface_;
  std::vector<Scope> scopes_;
  Word void_ = 0;
  Word bool_ = 0;
  Word int_ = 0;
  Word uint_ = 0;
  Word real_ = 0;
  Word math_ = 0;
  Word function_type_ = 0;
  Word main_ = 0;
  Word entry_ = 0;
  Word places_ = 0;
  Word group_ = 0;
  Word lane_ = 0;
  Word subgroup_ = 0;
  Words begins_;  // of operands
  std::map<int, Word> buffers_;
  Words shared_;
};

}  // namespace

std::vector<uint32_t> spirv(const Kernel& kernel, std::span<const int> blocks,
                            const FloatControls& controls) {
  return Assembler(kernel, blocks, controls).assemble();
}

}  // namespace rivulet::exec::gpu
