// Debian 12's libcpuinfo is older than XNNPACK expects: what it cannot tell is absent.
#pragma once
#if defined(__x86_64__) || defined(__i386__)
#include <cpuinfo.h>
#include <stdbool.h>

#define cpuinfo_has_x86_amx_int8() false
#define cpuinfo_has_x86_avx512fp16() false
#define cpuinfo_has_x86_avxvnni() false
#define cpuinfo_has_x86_avx_vnni_int8() false
#define cpuinfo_has_x86_avx10() false
#define cpuinfo_uarch_zen4 ((enum cpuinfo_uarch)0x0020010C)
#endif
