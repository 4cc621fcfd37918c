// hnswlib for RecallBench: the kind "hnswlib". It shows how a C++ library becomes a plug-in.

#include <hnswlib/hnswlib.h>

#include <memory>

#include "plugin.hpp"

using Graph = hnswlib::HierarchicalNSW<float>;

struct rb_index {
  uint32_t dimension;
  uint32_t metric;
  size_t links, construction;
  uint64_t seed;
  size_t ef;
  std::unique_ptr<hnswlib::SpaceInterface<float>> space;
  std::unique_ptr<Graph> graph;
};

// A normalised query.
struct rb_scratch {
  std::vector<float> query;
};

namespace {

const char *create(rb_index **out, uint32_t dimension, uint32_t metric, const double *settings, uint64_t seed) {
  return recallbench::guarded([&] {
    std::unique_ptr<rb_index> index(new rb_index());
    index->dimension = dimension;
    index->metric = metric;
    index->links = size_t(settings[0]);
    index->construction = size_t(settings[1]);
    index->seed = seed;
    index->ef = size_t(recallbench::graph_parameters[2].initial);
    if (metric == RB_EUCLIDEAN)
      index->space.reset(new hnswlib::L2Space(dimension));
    else
      index->space.reset(new hnswlib::InnerProductSpace(dimension));
    *out = index.release();
  });
}

void destroy(rb_index *index) { delete index; }

const char *add(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads) {
  return recallbench::guarded([&] {
    if (!index->graph) {
      index->graph.reset(
          new Graph(index->space.get(), vectors.count, index->links, index->construction, index->seed));
      index->graph->setEf(index->ef);
    } else {
      index->graph->resizeIndex(index->graph->cur_element_count + vectors.count);
    }
    const size_t dimension = index->dimension;
    std::vector<std::vector<float>> room(threads, std::vector<float>(dimension));
    recallbench::for_each_row(vectors.count, threads, [&](uint64_t row, uint32_t thread) {
      const float *vector = vectors.rows + row * dimension;
      if (index->metric == RB_ANGULAR) {
        recallbench::normalise(vector, room[thread].data(), dimension);
        vector = room[thread].data();
      }
      index->graph->addPoint(vector, ids[row]);
    });
  });
}

// The node stays in the graph and is passed over by searches; a vector that is stored under its id again takes its place.
const char *remove(rb_index *index, uint64_t id, uint32_t *removed) {
  return recallbench::guarded([&] {
    if (!index->graph) return;
    index->graph->markDelete(id);
    *removed = 1;
  });
}

const char *set(rb_index *index, const double *settings) {
  index->ef = size_t(settings[0]);
  if (index->graph) index->graph->setEf(index->ef);
  return nullptr;
}

const char *make_scratch(rb_index *index, rb_scratch **scratch) {
  return recallbench::guarded([&] { *scratch = new rb_scratch{std::vector<float>(index->dimension)}; });
}

void free_scratch(rb_scratch *scratch) { delete scratch; }

// hnswlib calls this filter to decide whether a node may be an answer.
struct Accepted : hnswlib::BaseFilterFunctor {
  const rb_filter *filter;
  explicit Accepted(const rb_filter *filter) : filter(filter) {}
  bool operator()(hnswlib::labeltype id) override {
    return recallbench::accepts(filter, id);
  }
};

const char *search(
    const rb_index *index, rb_scratch *scratch, const float *query, const rb_request *request, rb_answer *answer) {
  return recallbench::guarded([&] {
    if (!index->graph) return;
    if (index->metric == RB_ANGULAR) {
      recallbench::normalise(query, scratch->query.data(), index->dimension);
      query = scratch->query.data();
    }
    Accepted accepted(request->filter);
    auto found = index->graph->searchKnn(query, request->k, request->filter ? &accepted : nullptr);
    // The top of the queue is the farthest neighbour.
    answer->found = uint32_t(found.size());
    for (size_t rank = found.size(); rank-- > 0; found.pop()) answer->ids[rank] = found.top().second;
  });
}

uint64_t bytes(const rb_index *index) {
  if (!index->graph) return 0;
  const Graph &graph = *index->graph;
  const size_t count = graph.cur_element_count;
  // For each node: its vector and lowest level, the address and number of upper levels, its lock, its label's entry.
  uint64_t sum = count * (graph.size_data_per_element_ + sizeof(char *) + sizeof(int) + sizeof(std::mutex) + 40);
  for (size_t node = 0; node < count; node++) sum += graph.element_levels_[node] * graph.size_links_per_element_;
  return sum;
}

rb_kind make_kind() {
  rb_kind kind =
      recallbench::kind_named("hnswlib", "hierarchical navigable small worlds", recallbench::graph_parameters);
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
const rb_library library = {RB_ABI_VERSION, sizeof(rb_library), "hnswlib", LIBRARY_WITH_INSTRUCTIONS, 1, kinds};

}  // namespace

extern "C" const rb_library *recallbench_library(void) { return &library; }
