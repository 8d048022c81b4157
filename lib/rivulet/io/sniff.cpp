#include "rivulet/io/sniff.h"

#include <algorithm>
#include <array>
#include <string>

namespace rivulet::io {
namespace {

struct Beginning {
  std::string_view bytes;
  FileKind kind;
};

// Those that hold zeros have their lengths.
constexpr std::array beginnings{Beginning{{"\x89PNG", 4}, FileKind::png},
                                Beginning{"\xff\xd8\xff", FileKind::jpeg},
                                Beginning{"GIF8", FileKind::gif},
                                Beginning{"BM", FileKind::bmp},
                                Beginning{{"II*\0", 4}, FileKind::tiff},
                                Beginning{{"MM\0*", 4}, FileKind::tiff},
                                Beginning{"%PDF", FileKind::pdf},
                                Beginning{"\x1f\x8b", FileKind::gzip},
                                Beginning{"PK\3\4", FileKind::zip},
                                Beginning{"PK\5\6", FileKind::zip},
                                Beginning{"\x93NUMPY", FileKind::npy},
                                Beginning{"\x89HDF", FileKind::hdf5},
                                Beginning{"\x80\2", FileKind::pickle},
                                Beginning{"\x80\3", FileKind::pickle},
                                Beginning{"\x80\4", FileKind::pickle},
                                Beginning{"\x80\5", FileKind::pickle},
                                Beginning{"version https://git-lfs", FileKind::git_lfs}};

bool is_text(std::string_view head) {
  return std::ranges::none_of(head, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 127 || (byte < ' ' && c != '\n' && c != '\r' && c != '\t');
  });
}

/// Rows of numbers with something between them.
bool is_csv(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  return line.size() < head.size() && line.find(',') != std::string_view::npos;
}

FileKind kind_of_text(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first == std::string_view::npos) return FileKind::text;
  std::string start(head.substr(first, 15));
  std::ranges::transform(start, start.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  });
  if (start.starts_with("<!doctype html") || start.starts_with("<html")) return FileKind::html;
  if (start.starts_with('{') || start.starts_with('[')) return FileKind::json;
  return is_csv(head) ? FileKind::csv : FileKind::text;
}

}  // namespace

FileKind kind_of_file(std::span<const std::byte> file) {
  constexpr size_t looked_at = 512;
  const std::string_view head(reinterpret_cast<const char*>(file.data()),
                              std::min(file.size(), looked_at));
  if (head.empty()) return FileKind::empty;
  for (const auto& [bytes, kind] : beginnings) {
    if (head.starts_with(bytes)) return kind;
  }
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") {
    return FileKind::webp;
  }
  if (std::ranges::all_of(head, [](char c) { return c == 0; })) return FileKind::zeros;
  if (head.size() > 9 && head[8] == '{' && head.substr(4, 4) == std::string_view("\0\0\0\0", 4)) {
    return FileKind::safetensors;
  }
  if (head.size() >= 4 && head.starts_with(std::string_view("\0\0", 2)) && head[2] >= 8 &&
      head[2] <= 14) {
    return FileKind::idx;
  }
  return is_text(head) ? kind_of_text(head) : FileKind::other;
}

std::string_view in_words(FileKind kind) {
  switch (kind) {
    case FileKind::empty:
      return "an empty file";
    case FileKind::safetensors:
      return "a safetensors file";
    case FileKind::png:
      return "a PNG picture";
    case FileKind::jpeg:
      return "a JPEG picture";
    case FileKind::gif:
      return "a GIF picture";
    case FileKind::webp:
      return "a WebP picture";
    case FileKind::bmp:
      return "a BMP picture";
    case FileKind::tiff:
      return "a TIFF picture";
    case FileKind::pdf:
      return "a PDF document";
    case FileKind::gzip:
      return "a gzip file";
    case FileKind::zip:
      return "a zip archive (npz, or a PyTorch checkpoint)";
    case FileKind::npy:
      return "a NumPy array";
    case FileKind::idx:
      return "an idx array";
    case FileKind::hdf5:
      return "an HDF5 file";
    case FileKind::pickle:
      return "a Python pickle";
    case FileKind::html:
      return "an HTML page";
    case FileKind::git_lfs:
      return "a git-lfs pointer to a file that was not downloaded";
    case FileKind::json:
      return "JSON text";
    case FileKind::csv:
      return "text with commas (CSV)";
    case FileKind::text:
      return "text";
    case FileKind::zeros:
      return "a file of zeros";
    case FileKind::other:
      break;
  }
  return "data of no kind that is known here";
}

}  // namespace rivulet::io
