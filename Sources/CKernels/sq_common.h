// Coding of vectors and queries, compiled once for each instruction set by the file that includes it.
#pragma once
#include "sq.h"
#include <math.h>
#include <string.h>

#pragma clang fp reassociate(on) contract(fast)

enum { sq_chunk = 64 };

/// Functions with a parameter `bits` are compiled once for each of its values.
#define SQ_INLINE static inline __attribute__((always_inline))

/// Bytes of a group of eight dimensions, and of all groups of a block: its offsets follow.
SQ_INLINE size_t sq_group_bytes(const int bits) { return bits == 4 ? 64 : 128; }
SQ_INLINE size_t sq_code_bytes(const int bits, size_t d) { return (d + 7) / 8 * sq_group_bytes(bits); }

SQ_INLINE float encode(const int bits, const rbk_sq_frame *frame, const float *x, float margin, uint8_t *block,
                       size_t lane) {
  const double levels = bits == 4 ? 16 : 64;
  const size_t d = frame->d;
  double error = 0, square = 0, product = 0, magnitude = 0, spread = 0;
  for (size_t from = 0; from < d; from += sq_chunk) {
    const size_t width = d - from < sq_chunk ? d - from : sq_chunk;
    uint8_t z[sq_chunk] = {0};
    for (size_t i = 0; i < width; i++) {
      const size_t j = from + i;
      const double center = frame->center[j], middle = frame->middle[j], step = frame->step[j];
      const double r = (double)x[j] - center;
      double level = step > 0 ? (r - middle) / step + levels / 2 : (levels - 1) / 2;
      // Written so that a NaN, which a huge value can leave behind, becomes a level too.
      level = level > 0.0 ? level : 0.0;
      level = level < levels - 1 ? level : levels - 1;
      const int32_t code = (int32_t)level;
      z[i] = (uint8_t)code;
      const double u = (double)code - (levels - 1) / 2, decoded = middle + step * u;
      error += (r - decoded) * (r - decoded);
      square += decoded * decoded;
      product += (center - (double)frame->origin[j]) * decoded;
      magnitude += center * center + (double)x[j] * (double)x[j];
      spread += u * u;
    }
    for (size_t g = 0; g < (width + 7) / 8; g++) {
      uint8_t *line = block + (from / 8 + g) * sq_group_bytes(bits) + lane * 4;
      if (bits == 4) {
        uint8_t packed[4];
        for (size_t b = 0; b < 4; b++) packed[b] = (uint8_t)(z[8 * g + b] | z[8 * g + 4 + b] << 4);
        memcpy(line, packed, 4);
      } else {
        memcpy(line, z + 8 * g, 4);
        memcpy(line + 64, z + 8 * g + 4, 4);
      }
    }
  }
  float *offsets = (float *)(block + sq_code_bytes(bits, d)), *errors = offsets + rbk_sq_lanes;
  // Rounded up by more than Float64 sums of d terms and the rounding to Float32 can lose.
  const float kept = (float)((sqrt(error) + (double)margin) * (1 + 0x1p-22) + sqrt(magnitude) * 0x1p-46) + 0x1p-140f;
  errors[lane] = kept;
  offsets[lane] = frame->inner_product ? 0.0f : (float)(square + 2 * product - (double)kept * (double)kept);
  return (float)spread;
}

static void query(const rbk_sq_frame *frame, const float *q, int8_t *restrict codes, rbk_sq_query *out) {
  const float most = 127;
  const size_t d = frame->d, padded = rbk_sq_query_bytes(d);
  // Read once: codes of one byte could lie anywhere, so the compiler would read them again after each.
  const float *origin = frame->origin, *middle = frame->middle, *step = frame->step;
  float product = 0;
  // The largest |weight| by its bits: an integer maximum is one instruction, a float one is not under these rules.
  uint32_t largest_bits = 0;
  for (size_t j = 0; j < d; j++) {
    const float shifted = q[j] - origin[j];
    const float weight = shifted * step[j];
    uint32_t bytes;
    memcpy(&bytes, &weight, 4);
    bytes &= 0x7FFFFFFF;
    largest_bits = bytes > largest_bits ? bytes : largest_bits;
    product += shifted * middle[j];
  }
  float largest;
  memcpy(&largest, &largest_bits, 4);
  const float unit = largest / most, inverse = largest > 0 ? most / largest : 0.0f;
  // Squares of small differences would be 0 in Float32.
  double residual = 0;
  int32_t sum = 0, absolute = 0;
  for (size_t j = 0; j < d; j++) {
    const float weight = (q[j] - origin[j]) * step[j];
    float level = weight * inverse;
    level = level > -most ? level : -most;
    level = level < most ? level : most;
    // Half away from zero, by truncation: rounding as such is a library call where the instruction set has none.
    const int32_t code = (int32_t)(level + (level < 0 ? -0.5f : 0.5f));
    codes[j] = (int8_t)code;
    const double rest = (double)weight - (double)unit * code;
    residual += rest * rest;
    sum += code;
    absolute += code < 0 ? -code : code;
  }
  for (size_t j = d; j < padded; j++) codes[j] = 0;
  out->unit = unit;
  out->sum = sum;
  out->absolute_sum = absolute;
  out->middle_product = product;
  out->residual = (float)(sqrt(residual) * (1 + 0x1p-22)) + 0x1p-140f;
}

/// Where a scan writes: marks if there are any, a constant of each scan, otherwise the kept vectors and their counts.
typedef struct {
  uint16_t *marks;
  rbk_sq_kept *kept;
  size_t *counts;
  size_t stride;
} sq_results;

/// Sets the counts of nq queries to 0.
SQ_INLINE void sq_begin(const sq_results out, size_t nq) {
  for (size_t i = 0; !out.marks && i < nq; i++) out.counts[i] = 0;
}

/// The results of query i and the following.
SQ_INLINE sq_results sq_from(sq_results out, size_t i) {
  if (out.marks) return (sq_results){.marks = out.marks + i * out.stride, .stride = out.stride};
  return (sq_results){.kept = out.kept + i * out.stride, .counts = out.counts + i, .stride = out.stride};
}

/// Appends the lanes of a block that are set in `mask`, in order, to what query i keeps.
SQ_INLINE void sq_append(const sq_results out, size_t i, uint32_t mask, uint32_t first, const float *values,
                         const float *errors) {
  rbk_sq_kept *kept = out.kept + i * out.stride;
  size_t count = out.counts[i];
  for (; mask; mask &= mask - 1) {
    const uint32_t lane = (uint32_t)__builtin_ctz(mask);
    kept[count++] = (rbk_sq_kept){first + lane, values[lane], errors[lane]};
  }
  out.counts[i] = count;
}

#define SQ_SCAN(NAME, BITS, SCAN)                                                                                      \
  static void NAME(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,                        \
                   const rbk_sq_bound *bounds, rbk_sq_kept *kept, size_t stride, size_t *counts) {                     \
    SCAN(BITS, blocks, n, d, queries, nq, bounds,                                                                      \
         (sq_results){.kept = kept, .counts = counts, .stride = stride});                                              \
  }
#define SQ_KERNELS(BITS, SCAN, IN_ORDER)                                                                               \
  static float encode##BITS(const rbk_sq_frame *frame, const float *x, float margin, uint8_t *block, size_t lane) {    \
    return encode(BITS, frame, x, margin, block, lane);                                                                \
  }                                                                                                                    \
  static void mark##BITS(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,                  \
                         const rbk_sq_bound *bounds, uint16_t *marks, size_t stride) {                                 \
    __builtin_assume(marks != NULL);                                                                                   \
    SCAN(BITS, blocks, n, d, queries, nq, bounds, (sq_results){.marks = marks, .stride = stride});                     \
  }                                                                                                                    \
  SQ_SCAN(scan##BITS, BITS, SCAN)                                                                                      \
  SQ_SCAN(in_order##BITS, BITS, IN_ORDER)
/// Defines the kernels of both kinds from two inlined scans of (bits, blocks, n, d, queries, nq, bounds, results).
#define SQ_BOTH(NAME, SCAN, IN_ORDER)                                                                                  \
  SQ_KERNELS(4, SCAN, IN_ORDER)                                                                                        \
  SQ_KERNELS(6, SCAN, IN_ORDER)                                                                                        \
  const rbk_sq_both NAME = {{4, encode4, query, scan4, in_order4, mark4}, {6, encode6, query, scan6, in_order6, mark6}};
