#pragma once
#include "sq4.h"

extern const rbk_sq4_kernels rbk_sq4_scalar;
#if defined(__x86_64__)
extern const rbk_sq4_kernels rbk_sq4_avx2;
extern const rbk_sq4_kernels rbk_sq4_avx512vnni;
#elif defined(__aarch64__)
extern const rbk_sq4_kernels rbk_sq4_neon;
extern const rbk_sq4_kernels rbk_sq4_neon_dot;
/// Matrix products; needs the dot product too.
extern const rbk_sq4_kernels rbk_sq4_neon_i8mm;
#endif
