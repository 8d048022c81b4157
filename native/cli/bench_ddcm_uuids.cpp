// How many of all UUIDs are faces, and how far a bit moves one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "cli/bench_ddcm.h"
#include "rivulet/core/random.h"
#include "rivulet/io/json.h"
#include "rivulet/metrics/fidelity.h"

namespace rivulet::cli {
namespace {

/// The judge knows of a picture what each of its attributes is: the likeliest value is likelier
/// than all others together.
constexpr float sure = 0.5F;

double accepted(models::Judge& judge, const data::Pictures& pictures) {
  const models::Opinion opinion = judge(pictures);
  const size_t attributes = judge.model().net.classes.size();
  const size_t count = opinion.shares.size() / attributes;
  size_t accepted = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto shares = std::span(opinion.shares).subspan(i * attributes, attributes);
    if (std::ranges::min(shares) >= sure) ++accepted;
  }
  return static_cast<double>(accepted) / static_cast<double>(count);
}

models::Uuid random_uuid(Rng& rng) {
  models::Uuid uuid{};
  for (std::byte& byte : uuid) byte = static_cast<std::byte>(rng.below(256));
  return uuid;
}

std::vector<models::DdcmFile> files_of(std::span<const models::Uuid> uuids) {
  std::vector<models::DdcmFile> files;
  for (const models::Uuid& uuid : uuids) files.push_back(models::uuid_file(uuid));
  return files;
}

/// Mean over pairs of the root of the mean squared difference, in levels of 0..255.
struct Distances {
  double neighbours = 0;  // one bit apart
  double strangers = 0;
  double equal = 0;  // share of neighbours with the same face
};

Distances distances(const data::Pictures& faces, const data::Pictures& neighbours) {
  Distances distances;
  const int64_t n = faces.count();
  for (int64_t i = 0; i < n; ++i) {
    const auto face = faces.picture(i);
    const double near = metrics::mean_squared_error(face, neighbours.picture(i));
    const double far = metrics::mean_squared_error(face, faces.picture((i + 1) % n));
    distances.neighbours += std::sqrt(near) / static_cast<double>(n);
    distances.strangers += std::sqrt(far) / static_cast<double>(n);
    distances.equal += (near == 0 ? 1.0 : 0.0) / static_cast<double>(n);
  }
  return distances;
}

}  // namespace

int run_ddcm_uuids(const DdcmBenchOptions& options, DdcmBench& bench) {
  Rng rng(options.seed);
  std::vector<models::Uuid> uuids;
  std::vector<models::Uuid> flipped;
  for (int i = 0; i < options.uuids; ++i) {
    uuids.push_back(random_uuid(rng));
    flipped.push_back(uuids.back());
    const uint32_t bit = rng.below(128);
    flipped.back().at(bit / 8) ^= static_cast<std::byte>(0x80U >> bit % 8);
  }
  const data::Pictures faces = bench.decode("UUIDs", files_of(uuids));
  const data::Pictures near = bench.decode("UUIDs with a bit flipped", files_of(flipped));
  const double share = accepted(bench.judge, faces);
  const double held_out = accepted(bench.judge, bench.test);
  const Distances apart = distances(faces, near);
  const double frechet =
      metrics::frechet_distance(bench.gaussian(faces), bench.gaussian(bench.test));
  if (options.json) {
    const io::Json json = {{"uuids", options.uuids},
                           {"seed", options.seed},
                           {"sure", sure},
                           {"accepted", share},
                           {"held_out_accepted", held_out},
                           {"frechet", frechet},
                           {"one_bit_apart", apart.neighbours},
                           {"unrelated", apart.strangers},
                           {"one_bit_changes_nothing", apart.equal}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("{} random UUIDs: {:.1f}% are faces of which the judge is sure in every attribute\n",
             options.uuids, 100 * share);
  fmt::print("(at least {} for one value); of {} held-out pictures {:.1f}%\n", sure,
             bench.test.count(), 100 * held_out);
  fmt::print("Frechet distance to the held-out pictures: {:.2f}\n", frechet);
  fmt::print(
      "faces one bit apart differ by {:.1f} levels (root mean square), unrelated ones by "
      "{:.1f}; {:.1f}% do not differ\n",
      apart.neighbours, apart.strangers, 100 * apart.equal);
  return 0;
}

}  // namespace rivulet::cli
