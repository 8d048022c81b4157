// Codes of many pictures, for models of codes.
#pragma once

#include <optional>
#include <string>

#include "cli/options.h"
#include "rivulet/models/code_model.h"
#include "rivulet/models/picture_codec.h"
#include "rivulet/train/code_model.h"

namespace rivulet::cli {

/// `path`, or where it is empty the shipped diffusion model of a set.
[[nodiscard]] std::string decoder_path(const std::string& path, const std::string& dataset);

/// The diffusion model that this model's codes are for. Throws Error when the file is another.
[[nodiscard]] models::PictureCodec open_decoder(const std::string& path,
                                                const models::CodeModel& model,
                                                const DeviceOptions& device);

/// Codes of the first n pictures (of all, where there are fewer), with progress on stderr.
[[nodiscard]] train::CodeSet encode_pictures(models::PictureCodec& codec,
                                             const models::DdcmSettings& settings,
                                             const data::Pictures& pictures, int64_t n);

/// The pictures [n,D] that codes stand for.
[[nodiscard]] std::vector<uint8_t> decode_codes(models::PictureCodec& codec,
                                                const models::DdcmSettings& settings,
                                                std::span<const models::DdcmCode> codes);

}  // namespace rivulet::cli
