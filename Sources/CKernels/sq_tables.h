#pragma once
#include "sq.h"

/// The kernels of an instruction set, for codes of 4 and of 6 bits.
typedef struct {
  rbk_sq_kernels of4, of6;
} rbk_sq_both;

extern const rbk_sq_both rbk_sq_scalar;
#if defined(__x86_64__)
extern const rbk_sq_both rbk_sq_avx2;
extern const rbk_sq_both rbk_sq_avx512vnni;
#elif defined(__aarch64__)
extern const rbk_sq_both rbk_sq_neon;
extern const rbk_sq_both rbk_sq_neon_dot;
/// Matrix products; needs the dot product too.
extern const rbk_sq_both rbk_sq_neon_i8mm;
#endif
