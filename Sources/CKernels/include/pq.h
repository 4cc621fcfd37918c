#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang assume_nonnull begin

/// Product quantisation: distance tables, scans over 4-bit and 8-bit codes, exact sums for what a scan keeps.
///
/// A vector is m codes, one for each subquantizer of dsub dimensions; the distance to it is the sum of m table entries,
/// or what a correction of two numbers, stored with each vector, makes of that sum. Scans add table entries of 8 bits,
/// rounded down, and keep the vectors whose estimate is within a limit. Sums are integers, and estimates are computed
/// from them without contraction: both are the same bits on every instruction set.
///
/// 4-bit codes: blocks of 32 vectors, one 64-byte line for every four subquantizers, 64-byte aligned. Byte 4i + s of
/// line g holds subquantizer 4g + s of vector i in its low nibble and of vector 16 + i in its high one: four adjacent
/// bytes are one vector's, which one instruction looks up and the next adds. Where m is no multiple of four the last
/// line has nibbles that nobody reads: their tables are zero.
///
/// 8-bit codes: blocks of 64 vectors, one 64-byte line for each subquantizer, 64-byte aligned. Byte 2i is vector i,
/// byte 2i + 1 is vector 32 + i, so that 16-bit sums of even and odd bytes stand in order of the vectors.
///
/// Behind the codes of a block stand the offsets of its vectors and then their factors, 16 bits each, in order.
///
/// The last block of a list is as long as any other; what its unused places hold does not matter.

enum { rbk_pq4_lanes = 32, rbk_pq8_lanes = 64 };

/// Bytes of the codes of one block of vectors with m codes: where its corrections begin.
static inline size_t rbk_pq4_code_bytes(size_t m) { return (m + 3) / 4 * 64; }
static inline size_t rbk_pq8_code_bytes(size_t m) { return m * 64; }

/// Bytes of one block of vectors with m codes.
static inline size_t rbk_pq4_block_bytes(size_t m) { return rbk_pq4_code_bytes(m) + 4 * rbk_pq4_lanes; }
static inline size_t rbk_pq8_block_bytes(size_t m) { return rbk_pq8_code_bytes(m) + 4 * rbk_pq8_lanes; }

/// Bytes of one query's 8-bit tables: m × 16, and zeros up to a multiple of four subquantizers; m × 256.
static inline size_t rbk_pq4_table_bytes(size_t m) { return (m + 3) / 4 * 64; }
static inline size_t rbk_pq8_table_bytes(size_t m) { return m * 256; }

/// The code of subquantizer s of the vector at place `lane` of a block.
static inline uint8_t rbk_pq4_code(const uint8_t *block, size_t lane, size_t s) {
  return block[s / 4 * 64 + lane % 16 * 4 + s % 4] >> (lane / 16 * 4) & 15;
}
static inline uint8_t rbk_pq8_code(const uint8_t *block, size_t lane, size_t s) {
  return block[s * 64 + lane % 32 * 2 + lane / 32];
}

/// Writes that code; its neighbours in the byte stay.
static inline void rbk_pq4_set_code(uint8_t *block, size_t lane, size_t s, uint8_t code) {
  uint8_t *byte = block + s / 4 * 64 + lane % 16 * 4 + s % 4;
  const size_t shift = lane / 16 * 4;
  *byte = (uint8_t)((*byte & ~(15u << shift)) | (code & 15u) << shift);
}
static inline void rbk_pq8_set_code(uint8_t *block, size_t lane, size_t s, uint8_t code) {
  block[s * 64 + lane % 32 * 2 + lane / 32] = code;
}

/// Copies the code of a vector to a lane of the same or another block; the codes of other lanes stay.
static inline void rbk_pq4_copy_code(const uint8_t *from, size_t source, uint8_t *to, size_t target, size_t m) {
  const size_t shift = target / 16 * 4;
  for (size_t line = 0; line < (m + 3) / 4 * 64; line += 64) {
    uint32_t codes, others;
    memcpy(&codes, from + line + source % 16 * 4, sizeof codes);
    memcpy(&others, to + line + target % 16 * 4, sizeof others);
    codes = (codes >> source / 16 * 4 & 0x0f0f0f0f) << shift;
    others = (others & ~(0x0f0f0f0fu << shift)) | codes;
    memcpy(to + line + target % 16 * 4, &others, sizeof others);
  }
}
static inline void rbk_pq8_copy_code(const uint8_t *from, size_t source, uint8_t *to, size_t target, size_t m) {
  for (size_t s = 0; s < m; s++) rbk_pq8_set_code(to, target, s, rbk_pq8_code(from, source, s));
}

/// What a table entry measures between a part of the query and a centroid; the smaller, the nearer.
typedef enum {
  rbk_pq_l2,            // squared distance
  rbk_pq_negative_dot,  // minus the inner product
  rbk_pq_l1,            // sum of absolute differences
} rbk_pq_metric;

/// How 8-bit sums bound the exact one: bias + scale·sum ≤ exact ≤ bias + scale·sum + spread, rounding included.
typedef struct {
  float scale, bias, spread;
} rbk_pq_bounds;

/// What the corrections of vectors stand for: offset_step·offset and factor_base + factor_step·factor.
typedef struct {
  float offset_step, factor_base, factor_step;
} rbk_pq_corrections;

/// How a vector's estimate follows from the 8-bit sum of its entries and its corrections, and which to keep.
///
/// estimate = (base + offset_step·offset) + (factor_base + factor_step·factor)·(sum_base + sum_step·sum)
typedef struct {
  float base, sum_base, sum_step;
  /// The greatest estimate that is kept; one that is not a number is kept too.
  float limit;
} rbk_pq_estimate;

/// A vector that the scan kept: its place from the first block on, and its estimate.
typedef struct {
  uint32_t index;
  float estimate;
} rbk_pq_kept;

/// A query of a scan: its 8-bit tables, what its estimates follow from, and what the scan keeps for it.
///
/// The greatest entries of the tables' rows must not add up to more than 65535, and with 4-bit codes those of the four
/// subquantizers of a line to no more than 255, as `quantize` sees to.
typedef struct {
  const uint8_t *tables;
  rbk_pq_estimate estimate;
  /// Room for n vectors; those that are kept are written here in ascending order.
  rbk_pq_kept *kept;
  /// The number of kept vectors, written by the scan.
  size_t count;
} rbk_pq_query;

/// Scans n vectors from the first block on for nq queries; keeps those whose estimate is within the query's limit.
///
/// `next` is where the blocks of the next scan begin, or NULL. Towards its end a scan may ask for their first bytes, so
/// that memory is read on without a pause; no more is done with them, so the address may be any. AVX2 scans do so: with
/// 4-bit codes, lists from memory are searched at least 1.04 times as fast (Zen 4). AVX-512 scans leave it to the hardware:
/// asking made searches 1.1 times slower.
typedef void (*rbk_pq_scan)(
    const uint8_t *blocks, size_t n, size_t m, const uint8_t *_Nullable next, const rbk_pq_corrections *corrections,
    rbk_pq_query *queries, size_t nq);

/// out[i] = the sum of the float table entries (m × ksub) of vector index[i], added in order of the subquantizers: the
/// same bits on every instruction set. A vector's codes lie in as many cache lines as its block has.
typedef void (*rbk_pq_adc)(
    const uint8_t *blocks, size_t m, const float *tables, const uint32_t *index, size_t n, float *out);

typedef struct {
  /// The float tables (m × ksub) of one query of m·dsub components. `codebooks` are (m, dsub, ksub), row-major: one
  /// component of all centroids of a subquantizer lies side by side. ksub is a multiple of 16.
  void (*tables)(const float *query, const float *codebooks, size_t m, size_t ksub, size_t dsub, rbk_pq_metric metric,
                 float *out);
  /// Rounds float tables (m × ksub, a multiple of 16) down to 8 bits: rbk_pq4_table_bytes or rbk_pq8_table_bytes to
  /// `out`. `least` is room for m floats: each row's least entry is written there.
  ///
  /// One step serves all rows. With 8-bit codes the widest row takes 255 steps; with 4-bit codes the widest four rows of
  /// a line take them together, so that scans can add four entries in a byte. It is larger where all rows together
  /// would pass 65535. Tables with infinities or NaN, or of a magnitude that float32 sums can't hold, give bounds that rule
  /// nothing out.
  void (*quantize)(const float *tables, size_t m, size_t ksub, uint8_t *out, float *least, rbk_pq_bounds *bounds);
  rbk_pq_scan scan4, scan8;
  rbk_pq_adc adc4, adc8;
} rbk_pq_kernels;

#pragma clang assume_nonnull end
