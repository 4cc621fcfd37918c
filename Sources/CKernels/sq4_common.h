// Coding of vectors and queries, compiled once for each instruction set by the file that includes it.
#pragma once
#include "sq4.h"
#include <math.h>
#include <string.h>

#pragma clang fp reassociate(on) contract(fast)

enum { sq4_chunk = 64 };

static float encode(const rbk_sq4_frame *frame, const float *x, uint8_t *block, size_t lane) {
  const size_t d = frame->d, groups = (d + 7) / 8;
  double error = 0, square = 0, product = 0, magnitude = 0, spread = 0;
  for (size_t from = 0; from < d; from += sq4_chunk) {
    const size_t width = d - from < sq4_chunk ? d - from : sq4_chunk;
    uint8_t z[sq4_chunk] = {0};
    for (size_t i = 0; i < width; i++) {
      const size_t j = from + i;
      const double center = frame->center[j], middle = frame->middle[j], step = frame->step[j];
      const double r = (double)x[j] - center;
      double level = step > 0 ? (r - middle) / step + 8.0 : 7.5;
      // Written so that a NaN, which a huge value can leave behind, becomes a level too.
      level = level > 0.0 ? level : 0.0;
      level = level < 15.0 ? level : 15.0;
      const int32_t code = (int32_t)level;
      z[i] = (uint8_t)code;
      const double u = (double)code - 7.5, decoded = middle + step * u;
      error += (r - decoded) * (r - decoded);
      square += decoded * decoded;
      product += (center - (double)frame->origin[j]) * decoded;
      magnitude += center * center + (double)x[j] * (double)x[j];
      spread += u * u;
    }
    const size_t last = (width + 7) / 8;
    for (size_t g = 0; g < last; g++) {
      uint8_t packed[4];
      for (size_t b = 0; b < 4; b++) packed[b] = (uint8_t)(z[8 * g + b] | z[8 * g + 4 + b] << 4);
      memcpy(block + (from / 8 + g) * 64 + lane * 4, packed, 4);
    }
  }
  float *offsets = (float *)(block + groups * 64), *errors = offsets + rbk_sq4_lanes;
  offsets[lane] = frame->inner_product ? 0.0f : (float)(square + 2 * product);
  // Rounded up by more than Float64 sums of d terms and the rounding to Float32 can lose.
  errors[lane] = (float)(sqrt(error) * (1 + 0x1p-22) + sqrt(magnitude) * 0x1p-46) + 0x1p-140f;
  return (float)spread;
}

static void query(const rbk_sq4_frame *frame, const float *q, int8_t *restrict codes, rbk_sq4_query *out) {
  const size_t d = frame->d, padded = (d + 7) / 8 * 8;
  // Read once: codes of one byte could lie anywhere, so the compiler would read them again after each.
  const float *origin = frame->origin, *middle = frame->middle, *step = frame->step;
  float product = 0;
  // The largest |weight| by its bits: an integer maximum is one instruction, a float one is not under these rules.
  uint32_t largest_bits = 0;
  for (size_t j = 0; j < d; j++) {
    const float shifted = q[j] - origin[j];
    const float weight = shifted * step[j];
    uint32_t bits;
    memcpy(&bits, &weight, 4);
    bits &= 0x7FFFFFFF;
    largest_bits = bits > largest_bits ? bits : largest_bits;
    product += shifted * middle[j];
  }
  float largest;
  memcpy(&largest, &largest_bits, 4);
  const float unit = largest / 127.0f, inverse = largest > 0 ? 127.0f / largest : 0.0f;
  float residual = 0;
  int32_t sum = 0, absolute = 0;
  for (size_t j = 0; j < d; j++) {
    const float weight = (q[j] - origin[j]) * step[j];
    float level = weight * inverse;
    level = level > -127.0f ? level : -127.0f;
    level = level < 127.0f ? level : 127.0f;
    // Half away from zero, by truncation: rounding as such is a library call where the instruction set has none.
    const int32_t code = (int32_t)(level + (level < 0 ? -0.5f : 0.5f));
    codes[j] = (int8_t)code;
    const float rest = weight - unit * (float)code;
    residual += rest * rest;
    sum += code;
    absolute += code < 0 ? -code : code;
  }
  for (size_t j = d; j < padded; j++) codes[j] = 0;
  out->unit = unit;
  out->sum = sum;
  out->absolute_sum = absolute;
  out->middle_product = product;
  out->residual = sqrtf(residual);
}

/// Appends the lanes of a block that are set in `mask`, in order.
static inline size_t sq4_append(uint32_t mask, uint32_t first, const float *values, const float *errors,
                                rbk_sq4_kept *kept) {
  size_t count = 0;
  for (; mask; mask &= mask - 1) {
    const uint32_t lane = (uint32_t)__builtin_ctz(mask);
    kept[count++] = (rbk_sq4_kept){first + lane, values[lane], errors[lane]};
  }
  return count;
}
