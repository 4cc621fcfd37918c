// The loops over blocks and queries, by the `scan_block` of the file that includes this, and its `tile`: the number of
// queries that share unpacked codes.

/// All n vectors for `nq` queries, a constant.
SQ_INLINE void scan_queries(const int bits, const uint8_t *blocks, size_t n, size_t d, const int8_t *queries,
                            const int nq, const rbk_sq_bound *bounds, const sq_results out) {
  sq_begin(out, (size_t)nq);
  for (size_t first = 0; first < n; first += rbk_sq_lanes, blocks += rbk_sq_block_bytes(bits, d))
    scan_block(bits, blocks, (d + 7) / 8, n, first, queries, nq, bounds, out);
}

SQ_INLINE void scan(const int bits, const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                    const rbk_sq_bound *bounds, const sq_results out) {
  const size_t bytes = rbk_sq_query_bytes(d);
  size_t i = 0;
  for (; i + tile <= nq; i += tile)
    scan_queries(bits, blocks, n, d, queries + i * bytes, tile, bounds + i, sq_from(out, i));
  for (; i < nq; i++) scan_queries(bits, blocks, n, d, queries + i * bytes, 1, bounds + i, sq_from(out, i));
}
