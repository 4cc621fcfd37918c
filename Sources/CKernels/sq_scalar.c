#include "sq_common.h"
#include "sq_tables.h"

/// Appends the lanes of one block whose value its bound lets pass; `sums` are their Σ q·z.
SQ_INLINE void keep(const float *offsets, size_t lanes, size_t first, const int32_t *sums, const rbk_sq_bound *bound,
                    const sq_results out, size_t i) {
  const float *errors = offsets + rbk_sq_lanes;
  float values[rbk_sq_lanes];
  uint32_t mask = 0;
  for (size_t lane = 0; lane < lanes; lane++) {
    values[lane] = offsets[lane] + bound->scale * (float)sums[lane];
    const float limit = bound->most + bound->slope * errors[lane];
    mask |= (uint32_t) !(values[lane] > limit) << lane;
  }
  if (out.marks) out.marks[i * out.stride + first / rbk_sq_lanes] = (uint16_t)mask;
  if (!out.marks) sq_append(out, i, mask, (uint32_t)first, values, errors);
}

enum { tile = 1 };

/// One block for one query.
SQ_INLINE void scan_block(const int bits, const uint8_t *block, size_t groups, size_t n, size_t first, const int8_t *q,
                          const int nq, const rbk_sq_bound *bound, const sq_results out) {
  (void)nq;
  int32_t sums[rbk_sq_lanes] = {0};
  for (size_t g = 0; g < groups; g++)
    for (size_t lane = 0; lane < rbk_sq_lanes; lane++)
      for (size_t b = 0; b < 4; b++) {
        const uint8_t *line = block + g * sq_group_bytes(bits) + lane * 4 + b;
        const int32_t z0 = bits == 4 ? *line & 15 : *line, z1 = bits == 4 ? *line >> 4 : line[64];
        sums[lane] += z0 * q[8 * g + b] + z1 * q[8 * g + 4 + b];
      }
  const size_t lanes = n - first < rbk_sq_lanes ? n - first : rbk_sq_lanes;
  keep((const float *)(block + groups * sq_group_bytes(bits)), lanes, first, sums, bound, out, 0);
}

#include "sq_scan.h"

SQ_BOTH(rbk_sq_scalar, scan, scan)
