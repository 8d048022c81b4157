// A code of a stranger, as a file, a text or a UUID: read or refused; what was read has one form.
#include <cstdlib>
#include <string_view>

#include "rivulet/core/error.h"
#include "rivulet/io/crc.h"
#include "rivulet/models/ddcm_file.h"

namespace {

using namespace rivulet;

const models::DdcmModel model{.hash = 0x12345678, .classes = {7, 2, 255}};

void read(std::span<const std::byte> bytes) {
  models::DdcmFile file;
  try {
    file = models::decode_ddcm(bytes, model);
  } catch (const Error&) {
    return;
  }
  const io::Bytes again = models::encode_ddcm(file, model);
  if (!std::ranges::equal(again, bytes)) std::abort();
}

/// With a head and a checksum that fit: what is behind them would hardly ever be reached.
void read_mended(std::span<const std::byte> bytes) {
  if (bytes.size() < models::ddcm_header_bytes) return;
  io::Bytes mended(bytes.begin(), bytes.end());
  mended[0] = std::byte{0x0c};
  mended[1] = std::byte{0x30};
  mended[2] = std::byte{0x10} | (mended[2] & std::byte{0x0f});
  mended[3] = std::byte{0x12};
  mended[4] = std::byte{0x34};
  const auto all = std::span<const std::byte>(mended);
  const uint16_t checksum = io::crc16(all.subspan(12), io::crc16(all.first(10)));
  mended[10] = static_cast<std::byte>(checksum >> 8);
  mended[11] = static_cast<std::byte>(checksum & 255U);
  read(mended);
}

void read_text(std::string_view text) {
  try {
    read(models::ddcm_of_text(text));
  } catch (const Error&) {
    return;
  }
}

void read_uuid(std::string_view text) {
  models::Uuid uuid;
  try {
    uuid = models::parse_uuid(text);
  } catch (const Error&) {
    return;
  }
  if (models::parse_uuid(models::uuid_text(uuid)) != uuid) std::abort();
  if (models::uuid_of(models::uuid_code(uuid)) != uuid) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(bytes);
  read_mended(bytes);
  read_text(text);
  read_uuid(text);
  return 0;
}
