// DDCM codes as bytes, as text and as UUIDs.
//
// A .ddcm file is a header of 12 bytes, the seed where it is not 0, and the code; numbers have
// their most significant bit first.
//
//   byte  0     0x0c  } as text every file begins with "DD"
//         1     0x30  }
//         2     version (4 bits: 1), rho * 4 - 4 (4 bits: 0..12)
//         3..4  the model: the upper half of model_hash
//         5     form: 0 single; 1..128 pursuit, 1 + 8 (atoms - 1) + (coefficient bits - 1);
//               129..192 turbo, 129 + (atoms - 1)
//         6     tail
//         7     noise * 16 - 1 (4 bits), bits of an index - 1 (4 bits)
//         8..9  codes - 1 (10 bits), codebook (2 bits), snap (1 bit), labels follow (1 bit),
//               a seed follows (1 bit), 0 (1 bit)
//        10..11 CRC-16 of all other bytes
//        12..15 the seed, where it is not 0
//   then without a gap
//         labels, where they follow: sum of label k * product of (classes[j] + 1) for j < k, in as
//         many bits as the largest of these numbers has
//         for each step
//           single    the index
//           pursuit   all indices, then all coefficients
//           turbo     the indices as a combination (io/combination.h), then a bit for each sign
//         zeros to a whole byte
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/io/bytes.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/ddcm.h"

namespace rivulet::models {

inline constexpr size_t ddcm_header_bytes = 12;
inline constexpr size_t max_ddcm_bytes = size_t{1} << 17;  ///< longer than any code

/// A fingerprint of what a decoder needs of a weight file: the tensors in the order of their names,
/// and what the card says of network, data set and palette (not how it was trained or measured).
[[nodiscard]] uint32_t model_hash(const io::SafeTensors& file);

/// What reading and writing codes needs to know of a model.
struct DdcmModel {
  uint32_t hash = 0;
  std::vector<int> classes;  ///< nn::DitConfig::classes
};
[[nodiscard]] DdcmModel ddcm_model(const io::SafeTensors& file);

struct DdcmFile {
  DdcmSettings settings;
  std::vector<int> labels = {};  ///< [K], classes[k]: any; empty: made without labels
  DdcmCode code;

  friend bool operator==(const DdcmFile&, const DdcmFile&) = default;
};

/// ceil(log2 of the product of (classes + 1)).
[[nodiscard]] int64_t label_bits(std::span<const int> classes);
/// Bytes of the code and its labels, without the header and the seed.
[[nodiscard]] size_t ddcm_payload_bytes(const DdcmFile& file, std::span<const int> classes);

/// What a form does not use (coefficient bits of single and turbo) is not written. Throws Error
/// when settings, labels and code do not fit together.
[[nodiscard]] io::Bytes encode_ddcm(const DdcmFile& file, const DdcmModel& model);
/// The bytes are not trusted. Throws Error with one sentence for what is no such file, of a newer
/// version, cut off, too long or damaged, of another model, or asks for what cannot be.
[[nodiscard]] DdcmFile decode_ddcm(std::span<const std::byte> bytes, const DdcmModel& model);

/// base64url of a file, and back: white space anywhere is passed over. Throws Error.
[[nodiscard]] std::string ddcm_text(std::span<const std::byte> file);
[[nodiscard]] io::Bytes ddcm_of_text(std::string_view text);

/// Every UUID is a face: the settings of a code without a header, 16 indices of 8 bits.
[[nodiscard]] DdcmSettings uuid_settings();

using Uuid = std::array<std::byte, 16>;
[[nodiscard]] DdcmCode uuid_code(const Uuid& uuid);
[[nodiscard]] DdcmFile uuid_file(const Uuid& uuid);
/// Throws Error unless the code is one of uuid_settings().
[[nodiscard]] Uuid uuid_of(const DdcmCode& code);
/// "550e8400-e29b-41d4-a716-446655440000"
[[nodiscard]] std::string uuid_text(const Uuid& uuid);
/// Reads it in either case, with dashes or without, also in braces, after "urn:uuid:" and amid
/// white space. Throws Error.
[[nodiscard]] Uuid parse_uuid(std::string_view text);

}  // namespace rivulet::models
