#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Scalar codes with hard error bounds: a scan of few bytes that excludes most vectors.
///
/// There are two kinds, of 4 and of 6 bits a dimension; each has L levels, 16 or 64. A vector x is coded about a centre
/// c as x̂ = c + middle + step·(z − (L − 1)/2), z in 0…L−1 for each dimension, and its error e ≥ ‖x − x̂‖ is kept.
/// Vectors stand in blocks of 16, in lines of 64 bytes, 64-byte aligned, for groups = ⌈d/8⌉:
///
///     group 0     16 lanes × 4 bytes: of 4 bits, byte b of lane v holds dimension b of vector v in its low nibble and
///                 dimension 4 + b in its high one; of 6 bits, dimension b, and a second line the dimensions 4 + b
///     …
///     group G−1
///     offsets     16 × float: ‖r̂‖² + 2c·r̂ − e² for r̂ = x̂ − c (0 for the inner product)
///     errors      16 × float: e
///
/// A query is coded in int8, so that Σ q·z is an integer sum, exact and the same on every instruction set.

enum { rbk_sq_lanes = 16 };

/// A query made ready for codes of one step and middle, whatever their centre.
typedef struct {
  /// (q − origin)·step ≈ unit·code.
  float unit;
  /// Σ code and Σ |code|.
  int32_t sum, absolute_sum;
  /// (q − origin)·middle.
  float middle_product;
  /// ‖(q − origin)·step − unit·code‖.
  float residual;
} rbk_sq_query;

/// How codes of one list are read: everything a vector is measured against. All arrays have d floats.
typedef struct {
  size_t d;
  const float *origin;
  const float *center;
  const float *middle;
  const float *step;
  /// Whether offsets are left out, as the inner product wants them.
  int inner_product;
} rbk_sq_frame;

/// value = offset + scale·Σ q·z; kept unless value > most + slope·error.
typedef struct {
  float scale, most, slope;
} rbk_sq_bound;

/// A vector that the bound could not exclude: its place from the first block on, its value and its error.
typedef struct {
  uint32_t index;
  float value, error;
} rbk_sq_kept;

/// Bytes of one coded query of d components, of either kind.
static inline size_t rbk_sq_query_bytes(size_t d) { return (d + 7) / 8 * 8; }

/// Scans n vectors from the first block on for nq queries, whose codes follow each other; writes the vectors kept for
/// query i, in ascending order, from kept + i·stride on, and their number to counts[i].
/// stride is at least n rounded up to 16, and 16 more are never written.
typedef void (*rbk_sq_scan)(
    const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq, const rbk_sq_bound *bounds,
    rbk_sq_kept *kept, size_t stride, size_t *counts);

/// The same, but says only which vectors are kept: bit v of marks[i·stride + b] for vector v of block b and query i.
typedef void (*rbk_sq_mark)(
    const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq, const rbk_sq_bound *bounds,
    uint16_t *marks, size_t stride);

/// The kernels of one kind of codes.
typedef struct {
  /// 4 or 6.
  int bits;
  /// Codes vector x into lane `lane` of its block; returns ‖z − (L − 1)/2‖². The error that is kept is greater by
  /// `margin`, which says how far x itself may be from the vector that it stands for.
  float (*encode)(const rbk_sq_frame *frame, const float *x, float margin, uint8_t *block, size_t lane);
  /// Codes a query: rbk_sq_query_bytes(d) bytes to `codes`, of magnitude 127 at most.
  void (*query)(const rbk_sq_frame *frame, const float *q, int8_t *codes, rbk_sq_query *out);
  /// Two functions with the same results: `scan` may read several blocks side by side, which is faster from a cache;
  /// `scan_in_order` reads a single query's blocks one after the other, which the hardware prefetches from memory.
  rbk_sq_scan scan, scan_in_order;
  /// For several queries that keep few vectors each.
  rbk_sq_mark mark;
} rbk_sq_kernels;

/// Bytes of one block of vectors with d components.
static inline size_t rbk_sq_block_bytes(int bits, size_t d) { return ((d + 7) / 8 * (bits == 4 ? 1 : 2) + 2) * 64; }

#pragma clang assume_nonnull end
