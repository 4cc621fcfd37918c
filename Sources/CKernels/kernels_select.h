/// What selection needs; written once, compiled for each instruction set that includes it.
#pragma once
#include "kernels_cluster.h"
#include <float.h>
#include <math.h>

static size_t number_within(const float *values, size_t n, float limit) {
  rbk_i16x found = 0;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) found -= *(const rbk_f16x *)(values + i) <= limit;
  size_t count = (size_t)__builtin_reduce_add(found);
  for (; i < n; i++) count += values[i] <= limit;
  return count;
}

/// Bisection by values: a handful of passes that never mispredict, where a partition mispredicts half of its branches.
static float limit_of_least_f32(const float *values, size_t n, size_t some, size_t most) {
  rbk_f16x least = INFINITY, greatest = -INFINITY;
  for (size_t i = 0; i < n; i += 16) {
    // The last sixteen overlap those before them; fewer than sixteen are read one by one.
    rbk_f16x x;
    if (n >= 16) {
      x = *(const rbk_f16x *)(values + (i + 16 <= n ? i : n - 16));
    } else {
      for (size_t lane = 0; lane < 16; lane++) x[lane] = values[lane < n ? lane : 0];
    }
    least = x < least ? x : least;
    greatest = x > greatest ? x : greatest;
  }
  float low = INFINITY, high = -INFINITY;
  for (size_t lane = 0; lane < 16; lane++) {
    low = least[lane] < low ? least[lane] : low;
    high = greatest[lane] > high ? greatest[lane] : high;
  }
  if (high == INFINITY || !(low <= high)) high = FLT_MAX;
  if (number_within(values, n, high) < some) return INFINITY;
  if (number_within(values, n, -FLT_MAX / 2) >= some) return -FLT_MAX / 2;
  low = low > -FLT_MAX / 2 ? nextafterf(low, -INFINITY) : -FLT_MAX / 2;
  // Fewer than `some` are within `low`, and at least as many within `high`.
  for (;;) {
    const float middle = low / 2 + high / 2;
    if (!(low < middle && middle < high)) return high;
    const size_t found = number_within(values, n, middle);
    if (found < some) {
      low = middle;
    } else {
      high = middle;
      if (found <= most) return high;
    }
  }
}
