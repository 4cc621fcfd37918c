#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// 4-bit scalar codes with hard error bounds: a scan over an eighth of the bytes that rules most vectors out.
///
/// A vector x is coded about a centre c as x̂ = c + middle + step·(z − 7.5), z in 0…15 for each dimension, and its
/// error ‖x − x̂‖ is kept. Vectors stand in blocks of 16, a block is one run of (groups + 2)·64 bytes for
/// groups = ⌈d/8⌉, 64-byte aligned:
///
///     group 0     16 lanes × 4 bytes: byte b of lane v holds dimension b of vector v in its low
///                 nibble and dimension 4 + b in its high one
///     …
///     group G−1
///     offsets     16 × float: ‖r̂‖² + 2c·r̂ for r̂ = x̂ − c (0 for the inner product)
///     errors      16 × float: ‖x − x̂‖, rounded up
///
/// A query is coded in int8, so that Σ q·z is an integer sum, exact and the same on every instruction set.

enum { rbk_sq4_lanes = 16 };

/// Bytes of one block of vectors with d components.
static inline size_t rbk_sq4_block_bytes(size_t d) { return ((d + 7) / 8 + 2) * 64; }

/// Bytes of one coded query of d components.
static inline size_t rbk_sq4_query_bytes(size_t d) { return (d + 7) / 8 * 8; }

/// How codes of one list are read: everything a vector is measured against. All arrays have d floats.
typedef struct {
  size_t d;
  const float *origin;
  const float *center;
  const float *middle;
  const float *step;
  /// Whether offsets are left out, as the inner product wants them.
  int inner_product;
} rbk_sq4_frame;

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
} rbk_sq4_query;

/// value = base + offset + scale·Σ q·z; kept unless value > t0 + error·(t1 + error·t2).
typedef struct {
  float base, scale, t0, t1, t2;
} rbk_sq4_bound;

/// A vector that the bound could not rule out: its place from the first block on, its value and its error.
typedef struct {
  uint32_t index;
  float value, error;
} rbk_sq4_kept;

/// Scans n vectors from the first block on for nq queries, whose codes follow each other; writes the vectors kept for
/// query i, in ascending order, from kept + i·stride on, and their number to counts[i].
/// stride is at least n rounded up to 16, and 16 more are never written.
typedef void (*rbk_sq4_scan)(
    const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq, const rbk_sq4_bound *bounds,
    rbk_sq4_kept *kept, size_t stride, size_t *counts);

typedef struct {
  /// Codes vector x into lane `lane` of its block; returns ‖z − 7.5‖².
  float (*encode)(const rbk_sq4_frame *frame, const float *x, uint8_t *block, size_t lane);
  /// Codes a query: rbk_sq4_query_bytes(d) bytes to `codes`.
  void (*query)(const rbk_sq4_frame *frame, const float *q, int8_t *codes, rbk_sq4_query *out);
  /// Two functions with the same results: `scan` may read several blocks side by side, which is faster from a cache;
  /// `scan_in_order` reads a single query's blocks one after the other, which the hardware prefetches from memory.
  rbk_sq4_scan scan, scan_in_order;
} rbk_sq4_kernels;

#pragma clang assume_nonnull end
