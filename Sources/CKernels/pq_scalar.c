#include "pq_tables.h"
#include "pq_common.h"

typedef struct {
  uint8_t low[64], high[64];
} pq4_codes;
typedef struct {
  uint32_t of[rbk_pq4_lanes];
} pq4_sums;
enum { PQ4_QUERIES = 4, PQ4_BLOCKS = 1 };

PQ_INLINE pq4_codes pq4_unpack(const uint8_t *line) {
  pq4_codes codes;
  for (int byte = 0; byte < 64; byte++) {
    codes.low[byte] = line[byte] & 15;
    codes.high[byte] = line[byte] >> 4;
  }
  return codes;
}
PQ_INLINE pq4_sums pq4_zero(void) { return (pq4_sums){{0}}; }
PQ_INLINE pq4_sums pq4_add(pq4_sums sums, pq4_codes codes, const uint8_t *tables) {
  for (int byte = 0; byte < 64; byte++) {
    sums.of[byte / 4] += tables[byte % 4 * 16 + codes.low[byte]];
    sums.of[16 + byte / 4] += tables[byte % 4 * 16 + codes.high[byte]];
  }
  return sums;
}
PQ_INLINE void pq4_totals(pq4_sums sums, pq_ints *totals) { memcpy(totals, sums.of, sizeof sums.of); }
#include "pq_scan4.h"

// MARK: Exact sums

/// Vectors summed side by side: each is a chain of m additions, in order.
enum { pq_chains = 8 };

void rbk_pq_adc8_loads(const uint8_t *blocks, size_t m, const float *tables, const uint32_t *index, size_t n,
                       float *out) {
  for (size_t i = 0; i < n; i += pq_chains) {
    const uint8_t *at[pq_chains];
    float sums[pq_chains] = {0};
    for (size_t k = 0; k < pq_chains; k++) {
      const size_t v = index[i + k < n ? i + k : n - 1], lane = v % rbk_pq8_lanes;
      at[k] = blocks + v / rbk_pq8_lanes * rbk_pq8_block_bytes(m) + lane % 32 * 2 + lane / 32;
    }
    for (size_t s = 0; s < m; s++)
      for (size_t k = 0; k < pq_chains; k++) sums[k] += tables[s * 256 + at[k][s * 64]];
    for (size_t k = 0; k < pq_chains && i + k < n; k++) out[i + k] = sums[k];
  }
}

/// Adds `count` entries, at most four, of each chain, whose codes are adjacent bytes.
PQ_INLINE void pq4_add_entries(const uint8_t *const *at, const uint32_t *shift, size_t s, const size_t count,
                               const float *tables, float *sums) {
  for (size_t k = 0; k < pq_chains; k++) {
    uint32_t codes;
    memcpy(&codes, at[k] + s * 16, 4);
    codes = codes >> shift[k] & 0x0F0F0F0F;
    for (size_t t = 0; t < count; t++) sums[k] += tables[(s + t) * 16 + (codes >> 8 * t & 255)];
  }
}

void rbk_pq_adc4_loads(const uint8_t *blocks, size_t m, const float *tables, const uint32_t *index, size_t n,
                       float *out) {
  for (size_t i = 0; i < n; i += pq_chains) {
    const uint8_t *at[pq_chains];
    uint32_t shift[pq_chains];
    float sums[pq_chains] = {0};
    for (size_t k = 0; k < pq_chains; k++) {
      const size_t v = index[i + k < n ? i + k : n - 1];
      at[k] = blocks + v / rbk_pq4_lanes * rbk_pq4_block_bytes(m) + v % 16 * 4;
      shift[k] = v % rbk_pq4_lanes / 16 * 4;
    }
    size_t s = 0;
    for (; s + 4 <= m; s += 4) pq4_add_entries(at, shift, s, 4, tables, sums);
    if (s < m) pq4_add_entries(at, shift, s, m - s, tables, sums);
    for (size_t k = 0; k < pq_chains && i + k < n; k++) out[i + k] = sums[k];
  }
}

// MARK: 8-bit scan

/// Eight vectors at a time, so that their sums stay in registers: a cycle for an entry, two loads each.
static void scan8_some(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                       const rbk_pq_corrections *corrections, const pq_prefilter *prefilters,
                       rbk_pq_query *queries, size_t nq) {
  (void)next;
  for (size_t first = 0; first < n; first += rbk_pq8_lanes, blocks += rbk_pq8_block_bytes(m)) {
    pq_corrected corrected[4];
    const uint8_t *stored = blocks + rbk_pq8_code_bytes(m);
    pq_correct(corrections, stored, rbk_pq8_lanes, corrected);
    for (size_t i = 0; i < nq; i++) {
      const uint8_t *rows = queries[i].tables;
      uint32_t sums[rbk_pq8_lanes];
      for (size_t byte = 0; byte < rbk_pq8_lanes; byte += 8) {
        uint32_t parts[8] = {0};
        for (size_t s = 0; s < m; s++) {
          uint64_t codes;
          memcpy(&codes, blocks + s * 64 + byte, 8);
          for (size_t k = 0; k < 8; k++) parts[k] += rows[s * 256 + (codes >> 8 * k & 255)];
        }
        for (size_t k = 0; k < 8; k++) {
          const size_t lane = (byte + k) % 2 * 32 + (byte + k) / 2;
          sums[lane] = parts[k];
        }
      }
      pq_ints totals[4];
      memcpy(totals, sums, sizeof totals);
      pq_keep(corrections, stored, corrected, totals, rbk_pq8_lanes, first, n, &prefilters[i], &queries[i]);
    }
  }
}

void rbk_pq_scan8_loads(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                        const rbk_pq_corrections *corrections, rbk_pq_query *queries, size_t nq) {
  pq_scan_all(scan8_some, blocks, n, m, next, corrections, queries, nq);
}

const rbk_pq_kernels rbk_pq_scalar = {
    pq_distance_tables, pq_quantize, scan4, rbk_pq_scan8_loads, rbk_pq_adc4_loads, rbk_pq_adc8_loads,
};
