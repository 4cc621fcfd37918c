#include "sq4_common.h"
#include "sq4_tables.h"

/// Appends the lanes of one block whose value its bound lets pass; `sums` are their Σ q·z.
static size_t keep(const uint8_t *block, size_t groups, size_t lanes, uint32_t first, const int32_t *sums,
                   const rbk_sq4_bound *bound, rbk_sq4_kept *kept) {
  const float *offsets = (const float *)(block + groups * 64), *errors = offsets + rbk_sq4_lanes;
  size_t count = 0;
  for (size_t lane = 0; lane < lanes; lane++) {
    const float value = bound->base + offsets[lane] + bound->scale * (float)sums[lane];
    const float limit = bound->t0 + errors[lane] * (bound->t1 + errors[lane] * bound->t2);
    kept[count] = (rbk_sq4_kept){first + (uint32_t)lane, value, errors[lane]};
    count += !(value > limit);
  }
  return count;
}

static void scan(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                 const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t groups = (d + 7) / 8, bytes = rbk_sq4_block_bytes(d);
  for (size_t i = 0; i < nq; i++) {
    const int8_t *q = queries + i * groups * 8;
    size_t count = 0;
    for (size_t first = 0; first < n; first += rbk_sq4_lanes) {
      const uint8_t *block = blocks + first / rbk_sq4_lanes * bytes;
      int32_t sums[rbk_sq4_lanes] = {0};
      for (size_t g = 0; g < groups; g++)
        for (size_t lane = 0; lane < rbk_sq4_lanes; lane++)
          for (size_t b = 0; b < 4; b++) {
            const uint8_t packed = block[g * 64 + lane * 4 + b];
            sums[lane] += (packed & 15) * q[8 * g + b] + (packed >> 4) * q[8 * g + 4 + b];
          }
      const size_t lanes = n - first < rbk_sq4_lanes ? n - first : rbk_sq4_lanes;
      count += keep(block, groups, lanes, (uint32_t)first, sums, bounds + i, kept + i * stride + count);
    }
    counts[i] = count;
  }
}

const rbk_sq4_kernels rbk_sq4_scalar = {encode, query, scan, scan};
