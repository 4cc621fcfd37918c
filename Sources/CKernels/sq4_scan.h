// A scan for any number of queries, by the `scan_queries` and the `tile` of the file that includes this.
static void scan(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                 const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t bytes = rbk_sq4_query_bytes(d);
  size_t i = 0;
  for (; i + tile <= nq; i += tile)
    scan_queries(blocks, n, d, queries + i * bytes, tile, bounds + i, kept + i * stride, stride, counts + i);
  for (; i < nq; i++)
    scan_queries(blocks, n, d, queries + i * bytes, 1, bounds + i, kept + i * stride, stride, counts + i);
}
