#include <rivulet/exec/program.h>
#include <rivulet/graph/autodiff.h>
#include <rivulet/graph/ops.h>

int main() {
  using namespace rivulet;
  Graph graph;
  Value x = graph.state("x", Tensor({1}));
  Value loss = square(x - 3.0F);
  graph.update(x, x - 0.1F * grad(loss, x));
  graph.output("loss", loss);
  Program step = compile(graph, cpu_device());
  for (int i = 0; i < 100; ++i) step.run();
  return step.scalar("loss") < 1e-6F ? 0 : 1;
}
