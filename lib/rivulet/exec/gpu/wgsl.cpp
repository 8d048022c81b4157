// Kernels as WGSL, the language of WebGPU.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/kernel.h"

namespace rivulet::exec::gpu {
namespace {

constexpr std::array<std::string_view, 4> types{"", "f32", "i32", "bool"};

std::string number_text(int32_t number) {
  return number < 0 ? fmt::format("({})", number) : fmt::format("{}", number);
}

class Printer {
 public:
  Printer(const Kernel& kernel, std::span<const int> blocks) : kernel_(kernel), blocks_(blocks) {}

  /// The lines, in a function's body.
  std::string body() {
    for (int i = 0; i < static_cast<int>(kernel_.lines.size()); ++i) print(i);
    return std::move(text_);
  }

 private:
  [[nodiscard]] const Line& line(int i) const { return kernel_.lines[static_cast<size_t>(i)]; }

  /// How other lines name it: numbers and places of threads stand where they are used.
  [[nodiscard]] std::string name(int i) const {
    if (i < 0) return "";
    switch (line(i).code) {
      case Code::real:
        return real_text(line(i).number);
      case Code::integer:
        return number_text(line(i).number);
      case Code::group:
        return "group";
      case Code::lane:
        return "lane";
      default:
        return fmt::format("v{}", i);
    }
  }

  [[nodiscard]] std::string real_text(int32_t bits) const {
    const float value = std::bit_cast<float>(bits);
    if (!(std::fabs(value) < 3e38F) || std::fpclassify(value) == FP_SUBNORMAL) {
      // A constant expression may be neither infinite nor NaN nor near it: `zero` is no constant.
      return fmt::format("bitcast<f32>(zero + {})", number_text(bits));
    }
    std::string text = fmt::format("{:.9g}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return std::signbit(value) ? "(" + text + ")" : text;
  }

  [[nodiscard]] std::string memory(const Line& l) const {
    const std::string index = name(l.args[0]);
    if (l.code == Code::load_shared || l.code == Code::store_shared) {
      return fmt::format("s{}[{}]", l.number, index);
    }
    return fmt::format("b{}[p{} + {}]", blocks_[static_cast<size_t>(l.number)], l.number, index);
  }

  /// The value of a line as an expression.
  [[nodiscard]] std::string expression(const Line& l) const {
    const std::string a = name(l.args[0]);
    const std::string b = name(l.args[1]);
    const std::string c = name(l.args[2]);
    const auto phrase = [&](std::string_view form) {
      return fmt::format(fmt::runtime(form), a, b, c, l.number);
    };
    switch (l.code) {
      case Code::load:
      case Code::load_shared:
        return memory(l);
      case Code::get:
        return name(l.args[0]);
      case Code::add:
        return phrase("{0} + {1}");
      case Code::sub:
        return phrase("{0} - {1}");
      case Code::mul:
        return phrase("{0} * {1}");
      case Code::div:
        return phrase("{0} / {1}");
      case Code::rem:
        return phrase("{0} % {1}");
      case Code::fma:
        return phrase("fma({0}, {1}, {2})");
      case Code::floor:
        return phrase("floor({0})");
      case Code::sqrt:
        return phrase("sqrt({0})");
      case Code::abs:
        return phrase("abs({0})");
      case Code::sin:
        return phrase("sin({0})");
      case Code::cos:
        return phrase("cos({0})");
      case Code::less:
        return phrase("{0} < {1}");
      case Code::at_most:
        return phrase("{0} <= {1}");
      case Code::equal:
        return phrase("{0} == {1}");
      case Code::both:
        return phrase("{0} && {1}");
      case Code::either:
        return phrase("{0} || {1}");
      case Code::opposite:
        return phrase("!{0}");
      case Code::select:
        return phrase("select({2}, {1}, {0})");
      case Code::to_integer:
        return phrase("i32({0})");
      case Code::to_real:
        return phrase("f32({0})");
      case Code::bits_of:
        return phrase("bitcast<i32>({0})");
      case Code::real_of:
        return phrase("bitcast<f32>({0})");
      case Code::shift_left:
        return phrase("{0} << {3}u");
      case Code::shift_right:
        return phrase("{0} >> {3}u");
      case Code::bit_and:
        return phrase("{0} & {1}");
      case Code::bit_xor:
        return phrase("{0} ^ {1}");
      default:
        return {};
    }
  }

  void print(int i) {
    const Line& l = line(i);
    switch (l.code) {
      case Code::real:
      case Code::integer:
      case Code::group:
      case Code::lane:
        return;
      case Code::store:
      case Code::store_shared:
        return put(fmt::format("{} = {};", memory(l), name(l.args[1])));
      case Code::set:
        return put(fmt::format("{} = {};", name(l.args[0]), name(l.args[1])));
      case Code::loop:
        put(fmt::format("for (var {0}: i32 = {1}; {0} < {2}; {0} += {3}) {{", name(i),
                        name(l.args[0]), name(l.args[1]), l.number));
        depth_ += 2;
        return;
      case Code::when:
        put(fmt::format("if ({}) {{", name(l.args[0])));
        depth_ += 2;
        return;
      case Code::leave:
        return put(fmt::format("if ({}) {{ break; }}", name(l.args[0])));
      case Code::end:
        depth_ -= 2;
        return put("}");
      case Code::barrier:
        return put("workgroupBarrier();");
      default:
        break;
    }
    const bool variable = l.code == Code::variable;
    put(fmt::format("{} {}: {} = {};", variable ? "var" : "let", name(i),
                    types[static_cast<size_t>(l.type)],
                    variable ? name(l.args[0]) : expression(l)));
  }

  void put(std::string_view statement) {
    text_.append(static_cast<size_t>(depth_), ' ');
    text_ += statement;
    text_ += '\n';
  }

  const Kernel& kernel_;
  std::span<const int> blocks_;
  std::string text_;
  int depth_ = 2;
};

bool wraps(const Kernel& kernel) { return kernel.groups > most_groups; }

int vectors(const Kernel& kernel) { return std::max(1, (kernel.operands + 3) / 4); }

/// Where groups go along two axes, the last row of them is not full.
std::string within(const Kernel& kernel, std::string body) {
  if (!wraps(kernel)) return body;
  return fmt::format("  if (group < {}) {{\n{}  }}\n", kernel.groups, body);
}

}  // namespace

std::array<uint32_t, 2> grid(const Kernel& kernel) {
  const int64_t across = std::min(kernel.groups, most_groups);
  return {static_cast<uint32_t>(across),
          static_cast<uint32_t>(across == 0 ? 0 : (kernel.groups + across - 1) / across)};
}

std::string wgsl(const Kernel& kernel, std::span<const int> blocks) {
  if (kernel.subgroup > 0) fail("wgsl", "there are no subgroups in this language");
  std::string text = fmt::format(
      "// {}\nvar<private> zero: i32 = 0;\n"
      "@group(0) @binding(0) var<uniform> places: array<vec4<i32>, {}>;\n",
      kernel.name, vectors(kernel));
  for (const int block : std::set<int>(blocks.begin(), blocks.end())) {
    text += fmt::format("@group(0) @binding({1}) var<storage, read_write> b{0}: array<f32>;\n",
                        block, block + 1);
  }
  for (size_t i = 0; i < kernel.shared.size(); ++i) {
    text += fmt::format("var<workgroup> s{}: array<f32, {}>;\n", i, kernel.shared[i].size);
  }
  text += fmt::format(
      "@compute @workgroup_size({})\n"
      "fn main(@builtin(workgroup_id) group_id: vec3<u32>, "
      "@builtin(local_invocation_index) lane_index: u32) {{\n"
      "  let lane = i32(lane_index);\n",
      kernel.threads);
  text += wraps(kernel)
              ? fmt::format("  let group = i32(group_id.x + group_id.y * {}u);\n", most_groups)
              : "  let group = i32(group_id.x);\n";
  for (int i = 0; i < kernel.operands; ++i) {
    text += fmt::format("  let p{} = places[{}].{};\n", i, i / 4, "xyzw"[i % 4]);
  }
  return text + within(kernel, Printer(kernel, blocks).body()) + "}\n";
}

}  // namespace rivulet::exec::gpu
