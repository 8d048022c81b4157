// Numbers of the SPIR-V specification, by its names.
#pragma once

#include <cstdint>
#include <vector>

namespace rivulet::exec::gpu::spirv_numbers {

using Word = uint32_t;
using Words = std::vector<Word>;

namespace op {
enum : Word {
  Extension = 10,
  ExtInstImport = 11,
  ExtInst = 12,
  MemoryModel = 14,
  EntryPoint = 15,
  ExecutionMode = 16,
  Capability = 17,
  TypeVoid = 19,
  TypeBool = 20,
  TypeInt = 21,
  TypeFloat = 22,
  TypeVector = 23,
  TypeArray = 28,
  TypeRuntimeArray = 29,
  TypeStruct = 30,
  TypePointer = 32,
  TypeFunction = 33,
  Constant = 43,
  Function = 54,
  FunctionEnd = 56,
  Variable = 59,
  Load = 61,
  Store = 62,
  AccessChain = 65,
  Decorate = 71,
  MemberDecorate = 72,
  CompositeConstruct = 80,
  CompositeExtract = 81,
  ConvertFToS = 110,
  ConvertSToF = 111,
  FConvert = 115,
  Bitcast = 124,
  IAdd = 128,
  FAdd = 129,
  ISub = 130,
  FSub = 131,
  IMul = 132,
  FMul = 133,
  SDiv = 135,
  FDiv = 136,
  SRem = 138,
  LogicalOr = 166,
  LogicalAnd = 167,
  LogicalNot = 168,
  Select = 169,
  IEqual = 170,
  SLessThan = 177,
  SLessThanEqual = 179,
  FOrdEqual = 180,
  FOrdLessThan = 184,
  FOrdLessThanEqual = 188,
  ShiftRightArithmetic = 195,
  ShiftLeftLogical = 196,
  BitwiseXor = 198,
  BitwiseAnd = 199,
  ControlBarrier = 224,
  LoopMerge = 246,
  SelectionMerge = 247,
  Label = 248,
  Branch = 249,
  BranchConditional = 250,
  Return = 253,
  GroupNonUniformShuffle = 345,
  TypeCooperativeMatrix = 4456,
  CooperativeMatrixLoad = 4457,
  CooperativeMatrixStore = 4458,
  CooperativeMatrixMulAdd = 4459,
};
}  // namespace op

namespace storage {
enum : Word { Input = 1, Uniform = 2, Workgroup = 4, Function = 7, StorageBuffer = 12 };
}  // namespace storage

namespace decoration {
enum : Word {
  Block = 2,
  ArrayStride = 6,
  BuiltIn = 11,
  Binding = 33,
  DescriptorSet = 34,
  Offset = 35,
  NoContraction = 42
};
}  // namespace decoration

inline constexpr Word shader_capability = 1;
inline constexpr Word denorm_preserve = 4459;
inline constexpr Word denorm_preserve_capability = 4464;
inline constexpr Word nan_preserve = 4461;
inline constexpr Word nan_preserve_capability = 4466;
inline constexpr Word half_capability = 9;
inline constexpr Word subgroup_capability = 61;
inline constexpr Word shuffle_capability = 65;
inline constexpr Word vulkan_memory_capability = 5345;
inline constexpr Word matrix_capability = 6022;
inline constexpr Word workgroup_scope = 2;
inline constexpr Word subgroup_scope = 3;
inline constexpr Word workgroup_id = 26;
inline constexpr Word local_invocation_index = 29;
inline constexpr Word subgroup_id = 40;
inline constexpr Word subgroup_local_invocation_id = 41;
// What a barrier orders: all that was shared; in Vulkan's own model of memory, which small matrices
// need, also that it is seen, and only accesses that say that they are nobody's own.
inline constexpr Word shared_order = 0x108;
inline constexpr Word shared_order_and_sight = 0x6108;
inline constexpr Word nobodys_own = 0x20;

}  // namespace rivulet::exec::gpu::spirv_numbers
