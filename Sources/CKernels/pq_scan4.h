// The 4-bit scan, written once: an instruction set's file gives the vector steps, and this is included after them.
//
//   pq4_codes, pq4_sums                 the codes of a line unpacked; the sums of 32 vectors
//   pq4_unpack(line)                    codes of the 64 bytes
//   pq4_zero(), pq4_add(sums, codes, tables)   adds the entries of four subquantizers, whose tables are 64 bytes
//   pq4_totals(sums, totals)            the sums in order of the vectors
//   PQ4_QUERIES, PQ4_BLOCKS             queries that share an unpacked line; blocks that one query reads side by side.
//
// One block at a time is read in the order of memory, which the hardware prefetches; four side by side mislead it: on Zen 4
// with AVX-512 they take 2.8 instead of 1.5 ns a vector from memory (m = 48), and as long from the L2 cache.
#pragma once
#include "pq_common.h"

/// `nq` queries over `blocks` blocks; both are constants, so that the sums stay in registers.
PQ_INLINE void pq4_tile(const uint8_t *from, const int blocks, size_t m, size_t first, size_t n,
                        const rbk_pq_corrections *corrections, const pq_prefilter *prefilters, rbk_pq_query *queries,
                        const int nq) {
  const size_t bytes = rbk_pq4_block_bytes(m);
  // Behind the last block there is nothing to prefetch, often not even memory.
  const size_t ahead = first + (size_t)PQ4_BLOCKS * rbk_pq4_lanes < n ? PQ4_BLOCKS * bytes : 0;
  const uint8_t *tables[PQ4_QUERIES];
  pq4_sums sums[PQ4_QUERIES][PQ4_BLOCKS];
  for (int i = 0; i < nq; i++) {
    tables[i] = queries[i].tables;
    for (int b = 0; b < blocks; b++) sums[i][b] = pq4_zero();
  }
  for (size_t line = 0; line < rbk_pq4_table_bytes(m); line += 64) {
    pq4_codes codes[PQ4_BLOCKS];
    for (int b = 0; b < blocks; b++) {
      codes[b] = pq4_unpack(from + (size_t)b * bytes + line);
      if (blocks > 1) __builtin_prefetch(from + (size_t)b * bytes + ahead + line, 0, 3);
    }
    for (int i = 0; i < nq; i++)
      for (int b = 0; b < blocks; b++) sums[i][b] = pq4_add(sums[i][b], codes[b], tables[i] + line);
  }
  for (int b = 0; b < blocks; b++) {
    pq_corrected corrected[2];
    const uint8_t *stored = from + (size_t)b * bytes + rbk_pq4_code_bytes(m);
    pq_correct(corrections, stored, rbk_pq4_lanes, corrected);
    for (int i = 0; i < nq; i++) {
      pq_ints totals[2];
      pq4_totals(sums[i][b], totals);
      pq_keep(corrections, stored, corrected, totals, rbk_pq4_lanes, first + (size_t)b * rbk_pq4_lanes, n,
              &prefilters[i], &queries[i]);
    }
  }
}

/// All n vectors for `nq` queries, `blocks` blocks at a time while there are as many.
PQ_INLINE void pq4_tiles(const uint8_t *from, const int blocks, size_t m, size_t n,
                         const rbk_pq_corrections *corrections, const pq_prefilter *prefilters, rbk_pq_query *queries,
                         const int nq) {
  const size_t bytes = rbk_pq4_block_bytes(m);
  size_t first = 0;
  for (; first + (size_t)(blocks - 1) * rbk_pq4_lanes < n; first += (size_t)blocks * rbk_pq4_lanes)
    pq4_tile(from + first / rbk_pq4_lanes * bytes, blocks, m, first, n, corrections, prefilters, queries, nq);
  if (blocks > 1)
    for (; first < n; first += rbk_pq4_lanes)
      pq4_tile(from + first / rbk_pq4_lanes * bytes, 1, m, first, n, corrections, prefilters, queries, nq);
}

static void scan4_some(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                       const rbk_pq_corrections *corrections, const pq_prefilter *prefilters,
                       rbk_pq_query *queries, size_t nq) {
  (void)next;
  enum { all = PQ4_QUERIES, half = all / 2, quarter = all / 4 };
  size_t i = 0;
  for (; i + all <= nq; i += all) pq4_tiles(blocks, 1, m, n, corrections, prefilters + i, queries + i, all);
  if (half > 1 && i + half <= nq) {
    pq4_tiles(blocks, 1, m, n, corrections, prefilters + i, queries + i, half);
    i += half;
  }
  if (quarter > 1 && i + quarter <= nq) {
    pq4_tiles(blocks, 1, m, n, corrections, prefilters + i, queries + i, quarter);
    i += quarter;
  }
  for (; i < nq; i++) pq4_tiles(blocks, PQ4_BLOCKS, m, n, corrections, prefilters + i, queries + i, 1);
}

static void scan4(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                  const rbk_pq_corrections *corrections, rbk_pq_query *queries, size_t nq) {
  pq_scan_all(scan4_some, blocks, n, m, next, corrections, queries, nq);
}
