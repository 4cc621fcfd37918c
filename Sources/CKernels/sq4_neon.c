#include "sq4_tables.h"
#if defined(__aarch64__)
#include "sq4_neon_common.h"

/// Groups whose 16-bit sums are added before they are widened: 8 · 2 · 15 · 127 stays below 2¹⁵.
enum { run = 8 };

static inline int8x16_t four(const int8_t *q) {
  int32_t bytes;
  memcpy(&bytes, q, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(bytes));
}

/// Adds the products of two vectors' bytes to either half's sums, which hold four a vector.
static inline void multiply_add(int16x8_t halves[2], int8x16_t z, int8x16_t q) {
  halves[0] = vmlal_s8(halves[0], vget_low_s8(z), vget_low_s8(q));
  halves[1] = vmlal_high_s8(halves[1], z, q);
}

static void scan(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                 const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t groups = (d + 7) / 8, bytes = rbk_sq4_block_bytes(d);
  for (size_t i = 0; i < nq; i++) {
    const int8_t *q = queries + i * groups * 8;
    counts[i] = 0;
    for (size_t first = 0; first < n; first += rbk_sq4_lanes) {
      const uint8_t *block = blocks + first / rbk_sq4_lanes * bytes;
      int32x4_t wide[4][2];
      for (int part = 0; part < 4; part++) wide[part][0] = wide[part][1] = vdupq_n_s32(0);
      for (size_t from = 0; from < groups; from += run) {
        const size_t to = from + run < groups ? from + run : groups;
        int16x8_t shorts[4][2];
        for (int part = 0; part < 4; part++) shorts[part][0] = shorts[part][1] = vdupq_n_s16(0);
        for (size_t g = from; g < to; g++) {
          const int8x16_t q0 = four(q + 8 * g), q1 = four(q + 8 * g + 4);
          for (int part = 0; part < 4; part++) {
            const uint8x16_t codes = vld1q_u8(block + g * 64 + 16 * part);
            multiply_add(shorts[part], sq4_low(codes), q0);
            multiply_add(shorts[part], sq4_high(codes), q1);
          }
        }
        for (int part = 0; part < 4; part++)
          for (int half = 0; half < 2; half++) wide[part][half] = vpadalq_s16(wide[part][half], shorts[part][half]);
      }
      int32x4_t sums[4];
      for (int part = 0; part < 4; part++) sums[part] = vpaddq_s32(wide[part][0], wide[part][1]);
      counts[i] += sq4_keep_sums(block, groups, n, first, sums, bounds + i, kept + i * stride + counts[i]);
    }
  }
}

const rbk_sq4_kernels rbk_sq4_neon = {encode, query, scan, scan};
#endif
