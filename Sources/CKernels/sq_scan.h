// A scan for any number of queries, by the `scan_queries` and the `tile` of the file that includes this.
SQ_INLINE void scan(const int bits, const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                    const rbk_sq_bound *bounds, const sq_results out) {
  const size_t bytes = rbk_sq_query_bytes(d);
  size_t i = 0;
  for (; i + tile <= nq; i += tile)
    scan_queries(bits, blocks, n, d, queries + i * bytes, tile, bounds + i, sq_from(out, i));
  for (; i < nq; i++)
    scan_queries(bits, blocks, n, d, queries + i * bytes, 1, bounds + i, sq_from(out, i));
}
