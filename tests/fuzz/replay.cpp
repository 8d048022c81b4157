// Stands in for libFuzzer: feeds every file of the folders named, each also cut short and with
// single bytes changed.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

int replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  int inputs = 1;
  const size_t step = bytes.size() / 256 + 1;
  for (size_t i = 0; i < bytes.size(); i += step) {
    const std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i));
    LLVMFuzzerTestOneInput(cut.data(), cut.size());
    for (const int change : {0x01, 0x80, 0xff}) {
      bytes[i] ^= static_cast<uint8_t>(change);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      bytes[i] ^= static_cast<uint8_t>(change);
    }
    inputs += 4;
  }
  return inputs;
}

}  // namespace

int main(int argc, char** argv) {
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
      inputs += replay(entry.path());
  }
  std::printf("%d inputs survived\n", inputs);
  return inputs > 0 ? 0 : 1;
}
