#include "pq_tables.h"
#if defined(__aarch64__)
#include "pq_common.h"
#include <arm_neon.h>

typedef struct {
  uint8x16_t low[4], high[4];
} pq4_codes;
typedef struct {
  uint16x8_t of[4];
} pq4_sums;
enum { PQ4_QUERIES = 4, PQ4_BLOCKS = 2 };

/// A load of every fourth byte sorts the codes by subquantizer.
PQ_INLINE pq4_codes pq4_unpack(const uint8_t *line) {
  const uint8x16x4_t bytes = vld4q_u8(line);
  pq4_codes codes;
  for (int s = 0; s < 4; s++) {
    codes.low[s] = vandq_u8(bytes.val[s], vdupq_n_u8(15));
    codes.high[s] = vshrq_n_u8(bytes.val[s], 4);
  }
  return codes;
}
PQ_INLINE pq4_sums pq4_zero(void) {
  const uint16x8_t zero = vdupq_n_u16(0);
  return (pq4_sums){{zero, zero, zero, zero}};
}
/// The four entries of a vector add up to 255 at most.
PQ_INLINE pq4_sums pq4_add(pq4_sums sums, pq4_codes codes, const uint8_t *tables) {
  uint8x16_t low = vdupq_n_u8(0), high = low;
  for (int s = 0; s < 4; s++) {
    const uint8x16_t entries = vld1q_u8(tables + 16 * s);
    low = vaddq_u8(low, vqtbl1q_u8(entries, codes.low[s]));
    high = vaddq_u8(high, vqtbl1q_u8(entries, codes.high[s]));
  }
  sums.of[0] = vaddw_u8(sums.of[0], vget_low_u8(low));
  sums.of[1] = vaddw_high_u8(sums.of[1], low);
  sums.of[2] = vaddw_u8(sums.of[2], vget_low_u8(high));
  sums.of[3] = vaddw_high_u8(sums.of[3], high);
  return sums;
}
PQ_INLINE void pq4_totals(pq4_sums sums, pq_ints *totals) {
  pq_shorts low, high;
  memcpy(&low, &sums.of[0], sizeof low);
  memcpy(&high, &sums.of[2], sizeof high);
  totals[0] = __builtin_convertvector(low, pq_ints);
  totals[1] = __builtin_convertvector(high, pq_ints);
}
#include "pq_scan4.h"

const rbk_pq_kernels rbk_pq_neon = {
    pq_distance_tables, pq_quantize, scan4, rbk_pq_scan8_loads, rbk_pq_adc4_loads, rbk_pq_adc8_loads,
};
#endif
