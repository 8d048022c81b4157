// Named tensors in a file: the safetensors format (a JSON header, then raw little-endian arrays).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/tensor.h"
#include "rivulet/io/bytes.h"

namespace rivulet::io {

enum class Precision : uint8_t { f32, f16 };

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

struct SafeTensors {
  std::map<std::string, std::string> metadata;  ///< `__metadata__`: the model card
  std::vector<NamedTensor> tensors;             ///< in the order of their data in the file

  /// nullptr when there is none of that name.
  [[nodiscard]] const Tensor* find(std::string_view name) const;
  /// Throws Error naming it when there is none.
  [[nodiscard]] const Tensor& at(std::string_view name) const;
};

/// Reads F32 and F16 arrays of up to Shape::max_rank axes. The bytes are not trusted: every length,
/// offset, shape and name is checked before anything of that size is allocated, arrays must tile
/// the data without holes or overlap, the checksum must fit where the metadata hold one (it is
/// taken out of them), and whatever is wrong is thrown as an Error.
[[nodiscard]] SafeTensors parse_safetensors(std::span<const std::byte> file);

/// The file's bytes: a function of its content alone. The metadata get a line "checksum": that of
/// every byte of the file, "crc32:" and eight digits, taken with those digits as zeros. Throws
/// Error for a name that is empty, reserved or used twice, and when a finite value exceeds the
/// range of f16.
[[nodiscard]] Bytes serialise(const SafeTensors& content, Precision precision);

/// What is wrong is told with the file's name and what it is.
[[nodiscard]] SafeTensors load_safetensors(const std::string& path);
/// Written beside PATH first and renamed: an interrupted save leaves the old file.
void save_safetensors(const std::string& path, const SafeTensors& content, Precision precision);

}  // namespace rivulet::io
