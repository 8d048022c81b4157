#include "rivulet/exec/xnnpack/kernels.h"

namespace rivulet::exec::xnnpack {

std::vector<const Kernels*> available_kernels() {
  std::vector<const Kernels*> sets;
#if defined(__x86_64__)
  if (const Kernels* kernels = avx512_kernels()) sets.push_back(kernels);
  if (const Kernels* kernels = avx2_kernels()) sets.push_back(kernels);
#endif
  sets.push_back(&base_kernels());
  return sets;
}

const Kernels& best_kernels() {
  static const Kernels& best = *available_kernels().front();
  return best;
}

}  // namespace rivulet::exec::xnnpack
