// Vulkan's functions, found in its loader when a program runs: none is linked.
#define VOLK_IMPLEMENTATION
#include <volk.h>
