// USearch for RecallBench: the kind "usearch".
//
// Its distances are the loops of its header, which the compiler vectorises. They are as fast as NumKong's kernels, whose
// compilation takes more than a minute.

#include <memory>
#include <stdexcept>

#include <usearch/index_dense.hpp>

#include "plugin.hpp"

using Graph = unum::usearch::index_dense_gt<uint64_t, uint32_t>;

// USearch numbers the threads that search at once; each scratch has a number.
constexpr uint32_t most_threads = 1024;

struct rb_index {
  uint32_t dimension;
  Graph graph;
  std::atomic<uint32_t> scratches{0};
  rb_index(uint32_t dimension, Graph &&graph) : dimension(dimension), graph(std::move(graph)) {}
};

struct rb_scratch {
  uint32_t thread;
};

namespace {

const char *create(rb_index **out, uint32_t dimension, uint32_t metric, const double *settings, uint64_t) {
  return recallbench::guarded([&] {
    using namespace unum::usearch;
    const metric_kind_t kind = metric == RB_EUCLIDEAN ? metric_kind_t::l2sq_k
                               : metric == RB_ANGULAR ? metric_kind_t::cos_k
                                                      : metric_kind_t::ip_k;
    const index_dense_config_t config{
        static_cast<size_t>(settings[0]), static_cast<size_t>(settings[1]), static_cast<size_t>(recallbench::graph_parameters[2].initial)};
    auto made = Graph::make(metric_punned_t(dimension, kind, scalar_kind_t::f32_k), config);
    if (!made) throw std::runtime_error(made.error.release());
    *out = new rb_index(dimension, std::move(made.index));
  });
}

void destroy(rb_index *index) { delete index; }

const char *add(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads) {
  return recallbench::guarded([&] {
    unum::usearch::index_limits_t limits(index->graph.size() + vectors.count, std::max(threads, most_threads));
    if (!index->graph.try_reserve(limits)) throw std::runtime_error("there is not enough memory");
    recallbench::for_each_row(vectors.count, threads, [&](uint64_t row, uint32_t thread) {
      auto added = index->graph.add(ids[row], vectors.rows + row * index->dimension, thread);
      if (!added) throw std::runtime_error(added.error.release());
    });
  });
}

const char *remove(rb_index *index, uint64_t id, uint32_t *removed) {
  return recallbench::guarded([&] {
    auto result = index->graph.remove(id);
    if (!result) throw std::runtime_error(result.error.release());
    *removed = result.completed > 0;
  });
}

const char *set(rb_index *index, const double *settings) {
  index->graph.change_expansion_search(size_t(settings[0]));
  return nullptr;
}

const char *make_scratch(rb_index *index, rb_scratch **scratch) {
  return recallbench::guarded([&] { *scratch = new rb_scratch{index->scratches++ % most_threads}; });
}

void free_scratch(rb_scratch *scratch) { delete scratch; }

template <typename Result>
void write(Result &&result, rb_answer *answer) {
  if (!result) throw std::runtime_error(result.error.release());
  answer->found = uint32_t(result.size());
  answer->computations = result.computed_distances;
  for (size_t rank = 0; rank < result.size(); rank++) answer->ids[rank] = result[rank].member.key;
}

const char *search(
    const rb_index *index, rb_scratch *scratch, const float *query, const rb_request *request, rb_answer *answer) {
  return recallbench::guarded([&] {
    const rb_filter *filter = request->filter;
    if (filter) {
      auto accepted = [filter](uint64_t id) { return recallbench::accepts(filter, id); };
      write(index->graph.filtered_search(query, request->k, accepted, scratch->thread), answer);
    } else {
      write(index->graph.search(query, request->k, scratch->thread), answer);
    }
  });
}

uint64_t bytes(const rb_index *index) { return index->graph.memory_usage(); }

rb_kind make_kind() {
  rb_kind kind =
      recallbench::kind_named("usearch", "hierarchical navigable small worlds", recallbench::graph_parameters);
  kind.flags = RB_GROWS | RB_FILTERS;
  kind.create = create;
  kind.destroy = destroy;
  kind.add = add;
  kind.remove = remove;
  kind.set = set;
  kind.make_scratch = make_scratch;
  kind.free_scratch = free_scratch;
  kind.search = search;
  kind.bytes = bytes;
  return kind;
}

const rb_kind kind = make_kind();
const rb_kind *const kinds[] = {&kind};
const rb_library library = {RB_ABI_VERSION, sizeof(rb_library), "usearch", LIBRARY_WITH_INSTRUCTIONS, 1, kinds};

}  // namespace

extern "C" const rb_library *recallbench_library(void) { return &library; }
