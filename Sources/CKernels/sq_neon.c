#include "sq_tables.h"
#if defined(__aarch64__)
#include "sq_neon_common.h"

/// Groups whose 16-bit sums are added before they are widened: 8 · 2 · 15 · 127 and 2 · 2 · 63 · 127 stay below 2¹⁵.
SQ_INLINE size_t run(const int bits) { return bits == 4 ? 8 : 2; }

SQ_INLINE int8x16_t four(const int8_t *q) {
  int32_t bytes;
  memcpy(&bytes, q, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(bytes));
}

/// Adds the products of two vectors' bytes to either half's sums, which hold four a vector.
SQ_INLINE void multiply_add(int16x8_t halves[2], int8x16_t z, int8x16_t q) {
  halves[0] = vmlal_s8(halves[0], vget_low_s8(z), vget_low_s8(q));
  halves[1] = vmlal_high_s8(halves[1], z, q);
}

enum { tile = 1 };

/// One block for one query.
SQ_INLINE void scan_block(const int bits, const uint8_t *block, size_t groups, size_t n, size_t first, const int8_t *q,
                          const int nq, const rbk_sq_bound *bound, const sq_results out) {
  (void)nq;
  int32x4_t wide[4][2];
  for (int part = 0; part < 4; part++) wide[part][0] = wide[part][1] = vdupq_n_s32(0);
  for (size_t from = 0; from < groups; from += run(bits)) {
    const size_t to = from + run(bits) < groups ? from + run(bits) : groups;
    int16x8_t shorts[4][2];
    for (int part = 0; part < 4; part++) shorts[part][0] = shorts[part][1] = vdupq_n_s16(0);
    for (size_t g = from; g < to; g++) {
      const int8x16_t q0 = four(q + 8 * g), q1 = four(q + 8 * g + 4);
      for (int part = 0; part < 4; part++) {
        const sq_codes codes = sq_unpack(bits, block + g * sq_group_bytes(bits) + 16 * part);
        multiply_add(shorts[part], codes.z0, q0);
        multiply_add(shorts[part], codes.z1, q1);
      }
    }
    for (int part = 0; part < 4; part++)
      for (int half = 0; half < 2; half++) wide[part][half] = vpadalq_s16(wide[part][half], shorts[part][half]);
  }
  int32x4_t sums[4];
  for (int part = 0; part < 4; part++) sums[part] = vpaddq_s32(wide[part][0], wide[part][1]);
  sq_keep_sums((const float *)(block + groups * sq_group_bytes(bits)), n, first, sums, bound, out, 0);
}

#include "sq_scan.h"

SQ_BOTH(rbk_sq_neon, scan, scan)
#endif
