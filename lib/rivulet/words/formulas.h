// The formulas of every lab, in the language of ui/formula.h: none of them belongs to a language of
// people. Phrases inside stand by key, \word{key}; see phrases.h.
#pragma once

#include <array>

namespace rivulet::words::formulas {

namespace flow2d {

inline constexpr std::array<const char*, 6> objectives = {
    "L = \\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t) −(\\at{target}{x_1}−\\at{seed}{x_0})∥^2",
    "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,0) "
    "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+16\\at{bootstrap}{β}\\E∥v_θ(x_t,t,2d) "
    "−\\text{sg}[\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_t,t,d) "
    "+\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_{t+d},t+d,d)]∥^2",
    "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,\\frac{1}{128}) "
    "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+16\\at{bootstrap}{β}\\E∥v_θ(x_t,t,2d) "
    "−\\text{sg}[\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_t,t,d) "
    "+\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_{t+d},t+d,d)]∥^2",
    "L = \\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t) −(\\hat{x}_1−\\at{seed}{x_0})∥^2, "
    "~\\hat{x}_1=\\word{the-flows-own-sample-from}~x_0",
    "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,0) "
    "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+16\\at{bootstrap}{β}\\E∥v_θ(x_t,t,d) "
    "−\\text{sg}[s⋅v_{\\at{average}{\\bar{θ}}}(x_t,t,sd) + "
    "(1−s)⋅v_{\\at{average}{\\bar{θ}}}(x_{t+sd},t+sd,(1−s)d)]∥^2",
    "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,0) "
    "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+\\at{bootstrap}{β}\\E∥v_θ(x_t,t,d) "
    "−\\text{sg}[x_1−x_0 +d\\frac{\\text{d}}{\\text{d}t}v_θ(x_t,t,d)]∥^2"};
inline constexpr const char* update =
    "θ←θ−\\at{rate}{η}⋅\\text{AdamW}(∇_θL), "
    "~\\bar{θ}←\\at{average}{μ}\\bar{θ}+(1−\\at{average}{μ})θ";
inline constexpr std::array<const char*, 2> sample = {
    "x ←x+\\at{steps}{\\frac{1}{n}}v_{\\bar{θ}}(x,\\at{time}{t}), "
    "~\\at{time}{t}=0,\\frac{1}{\\at{steps}{n}},…,1",
    "x ←x+\\at{steps}{\\frac{1}{n}}v_{\\bar{θ}}(x,\\at{time}{t},\\at{steps}{\\frac{1}{n}}), "
    "~\\at{time}{t}=0,\\frac{1}{\\at{steps}{n}},…,1"};
inline constexpr const char* path =
    "x_t =(1−t)\\at{seed}{x_0}+t\\at{target}{x_1}, ~\\at{seed}{x_0}∼N(0,I), "
    "~\\at{target}{x_1}∼\\at{target}{\\word{data}}";

}  // namespace flow2d

namespace pictures {

/// With learned steps, and without.
inline constexpr std::array<const char*, 2> sample = {
    "x "
    "←x+\\at{steps}{\\frac{1}{n}}v_θ(x,\\at{time}{t},\\at{steps}{\\frac{1}{n}},\\at{labels}{c},"
    "\\at{guidance}{w}), "
    "~\\word{trained-so-that}~v_θ(x,t,0,\\at{labels}{c},\\at{guidance}{w})≈v_θ(x,t,0)+\\at{"
    "guidance}{w}⋅(v_θ(x,t,0,\\at{labels}{c})−v_θ(x,t,0))",
    "x ←x+\\at{steps}{\\frac{1}{n}}v, "
    "~v=v_θ(x,\\at{time}{t})+\\at{guidance}{w}⋅(v_θ(x,\\at{time}{t},\\at{labels}{c})−v_θ(x,\\at{"
    "time}{t}))"};
inline constexpr const char* one_step =
    "x_1 =x_0+v_θ(x_0,0,1,\\at{labels}{c}), ~x_0=\\at{seed}{\\word{noise}}∼N(0,I)";
inline constexpr const char* belief = "\\hat{x}_1 =x_t+(1−\\at{time}{t})v(x_t,\\at{time}{t},0)";
inline constexpr std::array<const char*, 2> morph = {
    "x_0 "
    "=\\frac{\\text{sin}((1−\\at{blend}{s})φ)}{\\text{sin}~φ}\\at{from}{a}+\\frac{\\text{sin}(\\at{"
    "blend}{s}φ)}{\\text{sin}~φ}\\at{to}{b}, ~φ=\\word{angle-between}~\\at{from}{a},\\at{to}{b}",
    "v =(1−\\at{blend}{s})v(x,t,\\at{from}{c_A})+\\at{blend}{s}⋅v(x,t,\\at{to}{c_B})"};
inline constexpr const char* noise =
    "x_0 =\\at{seed}{\\word{noise}}∼N(0,I), ~\\at{time}{t}=0,\\frac{1}{\\at{steps}{n}},…,1";

}  // namespace pictures

namespace distill_pictures {

inline constexpr const char* generator =
    "x =z+v_{\\at{first}{θ}}(z,0,1,\\at{labels}{c}), ~z=\\at{noise}{\\word{noise}}∼N(0,I), "
    "~x_t=\\bar{α}_tx+\\bar{β}_tε";
/// Naive, L3, and the family.
inline constexpr std::array<const char*, 3> loss = {
    "\\at{loss}{L_1} =\\at{batch}{\\E}∥φ(x_t)−\\at{fake}{ψ}(x_t)∥^2",
    "\\at{loss}{L_3} =\\at{batch}{\\E}[∥φ∥^2−2⟨φ,ε⟩+⟨\\at{fake}{ψ},ε⟩]",
    "\\at{loss}{L_λ} =\\at{batch}{\\E}⟨φ−\\at{fake}{ψ}, "
    "(1−\\at{lambda}{λ})φ+\\at{lambda}{λ}\\at{fake}{ψ}−ε⟩"};
inline constexpr const char* fake =
    "\\at{fake}{ψ} ←\\text{argmin}~\\E∥\\at{fake}{ψ}(x_t)−ε∥^2, "
    "~θ←θ−\\at{rate}{η}∇_θ\\at{loss}{L}";

}  // namespace distill_pictures

namespace ddcm {

inline constexpr const char* step =
    "x_{t−1} =μ_t(x_t,\\hat{x}_0) +\\at{noise}{σ_t}\\at{chosen}{ε_{k_t}}, "
    "~\\hat{x}_0=\\E[x_0|x_t,\\at{labels}{c}]";
inline constexpr const char* plane =
    "x_{t−1} =μ_t(x_t,\\hat{x}_0) +σ_t\\at{chosen}{ε_{k_t}}, ~\\hat{x}_0=\\E[x_0|x_t], "
    "~ε_1,…,ε_{\\at{size}{K}}∼N(0,I)";
inline constexpr std::array<const char*, 4> choice = {
    "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩",
    "\\at{chosen}{k_t} =\\text{argmin}_k~∥ε_k−c_t(\\at{source}{x_0}−\\hat{x}_0)∥",
    "\\at{chosen}{k_t} ∼\\text{exp}(−\\frac{1}{2}∥ε_k−c_t(\\at{source}{x_0}−\\hat{x}_0)∥^2)",
    "\\at{chosen}{k_t} ∼\\text{exp}(c_t⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩)"};
inline constexpr std::array<const char*, 2> form = {
    "\\at{chosen}{k_t^1},…,\\at{chosen}{k_t^{\\at{atoms}{M}}} "
    "=\\word{the-largest}~⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩, ~z←\\text{norm}(√g⋅z+√(1−g)⋅ε_k)",
    "\\at{chosen}{k_t^1},…,\\at{chosen}{k_t^{\\at{atoms}{M}}} "
    "=\\word{the-largest}~|⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩|, ~\\word{with-their-signs}"};
inline constexpr std::array<const char*, 3> bits = {
    "\\at{bytes}{\\word{bits}} =\\at{bytes}{S}⋅\\text{log}_2\\at{bits}{K}, "
    "~ε_1,…,ε_{\\at{bits}{K}}∼N(0,I)~\\word{from-a-seed}",
    "\\at{bytes}{\\word{bits}} "
    "=\\at{bytes}{S}⋅(\\at{atoms}{M}\\text{log}_2\\at{bits}{K}+(\\at{atoms}{M}−1)\\at{coefficient}{"
    "C}), ~ε_1,…,ε_{\\at{bits}{K}}∼N(0,I)~\\word{from-a-seed}",
    "\\at{bytes}{\\word{bits}} "
    "=\\at{bytes}{S}⋅(\\text{log}_2\\text{binom}(\\at{bits}{K},\\at{atoms}{M})+\\at{atoms}{M}), "
    "~ε_1,…,ε_{\\at{bits}{K}}∼N(0,I)~\\word{from-a-seed}"};
inline constexpr std::array<const char*, 4> pull = {
    "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,\\at{mask}{m}⋅(\\at{source}{y}−\\hat{x}_0)⟩",
    "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,A^T(\\at{source}{y}−A\\hat{x}_0)⟩, "
    "~A=\\word{means-of-squares}",
    "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,\\at{source}{y}−\\hat{x}_0⟩, "
    "~\\word{while-the-noise-of}~x_t~\\word{is-coarser-than}~\\at{grain}{g}",
    "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,A^T(\\at{source}{y}−A\\hat{x}_0)⟩, "
    "~A=\\word{luminance}"};
inline constexpr const char* read = "\\at{chosen}{k_t} =\\word{the-number-in-the-code}";
inline constexpr const char* random = "\\at{chosen}{k_t} ∼\\text{uniform}(1,…,\\at{size}{K})";

}  // namespace ddcm

namespace tarflow2d {

inline constexpr std::array<const char*, 2> block = {
    "\\at{permute}{z_1=x_1}, ~\\at{z}{z_2} =(\\at{x}{x_2} "
    "−\\at{network}{μ_t}(x_1))⋅\\at{coupling}{e^{−α_t(x_1)}}",
    "\\at{permute}{z_1=x_1}, ~\\at{z}{z_2} =\\at{x}{x_2} −\\at{network}{μ_t}(x_1), "
    "~\\at{coupling}{α_t=0}"};
inline constexpr std::array<const char*, 2> back = {
    "\\at{x}{x_2} =\\at{z}{z_2}⋅\\at{coupling}{e^{α_t(x_1)}} +\\at{network}{μ_t}(x_1), "
    "~t=\\at{blocks}{T},…,1",
    "\\at{x}{x_2} =\\at{z}{z_2} +\\at{network}{μ_t}(x_1), ~t=\\at{blocks}{T},…,1"};
inline constexpr std::array<const char*, 2> density = {
    "\\text{log}~q(\\at{x}{x}) =\\text{log}~N(\\at{z}{z};0,I) "
    "−\\at{coupling}{α_1}−…−\\at{coupling}{α_{\\at{blocks}{T}}}",
    "\\text{log}~q(\\at{x}{x}) =\\text{log}~N(\\at{z}{z};0,I)"};
inline constexpr const char* loss =
    "L =−\\at{batch}{\\E}~\\text{log}~q(\\at{target}{x}), ~θ←θ−\\at{rate}{η}⋅\\text{AdamW}(∇_θL)";

}  // namespace tarflow2d

namespace tarflow_pictures {

inline constexpr std::array<const char*, 3> way = {
    "x_k =\\at{temperature}{z_k}⋅\\text{exp}(\\at{alpha}{α_k}(x_{<k}))+μ_k(x_{<k}), "
    "~\\at{sampler}{k=1,2,…,N}",
    "x^{(i+1)} =\\at{temperature}{z}⋅\\text{exp}(\\at{alpha}{α}(x^{(i)}))+μ(x^{(i)}), "
    "~\\at{sampler}{\\word{until}~∥x^{(i+1)}−x^{(i)}∥_∞≤\\at{tolerance}{ε}}",
    "x_G^{(i+1)} "
    "=\\at{temperature}{z_G}⋅\\text{exp}(\\at{alpha}{α}(x_{<G},x_G^{(i)}))+μ(x_{<G},x_G^{(i)}), "
    "~\\at{sampler}{\\at{group}{G}~\\word{after}~\\at{group}{G}~\\word{until}~∥x_G^{(i+1)}−x_G^{(i)"
    "}∥_∞≤\\at{tolerance}{ε}}"};
inline constexpr const char* noise =
    "z ∼N(0,\\at{temperature}{τ}^2I), ~\\at{seed}{\\word{the-same-from-one-seed}}";
inline constexpr const char* denoise = "x =y+\\at{denoise}{σ^2∇_y\\text{log}~q(y)}, ~σ=0.1";
inline constexpr std::array<const char*, 2> guidance = {
    "μ ←μ_u+\\at{guidance}{w}(μ−μ_u), ~α←α_u+\\at{guidance}{w}(α−α_u)",
    "μ ←μ+\\frac{(\\at{guidance}{w}−1)s}{\\at{guidance}{w}−(\\at{guidance}{w}−1)s}(μ−μ_u), "
    "~e^{2α}←\\frac{e^{2α}}{\\at{guidance}{w}−(\\at{guidance}{w}−1)s}, "
    "~s=\\text{min}(1,e^{2α−2α_u})"};
inline constexpr const char* forth =
    "z_k =(\\at{source}{x_k}−μ_k(x_{<k}))⋅\\text{exp}(−α_k(x_{<k})), "
    "~\\word{all}~k~\\word{at-once}";
inline constexpr const char* edit =
    "z "
    "←\\at{silent}{m}⋅(√(1−\\at{grain}{a}^2)⋅\\text{arc}_{\\at{blend}{s}}(z,z_{\\word{to}})+\\at{"
    "grain}{a}ε), ~ε∼N(0,I)";
inline constexpr const char* density =
    "−\\text{log}~q(\\at{source}{x}) =\\frac{1}{2}∥z∥^2+\\word{all}~α+\\frac{D}{2}\\text{log}~2π, "
    "~\\word{over}~D~\\word{numbers}";
inline constexpr const char* bits =
    "\\at{bits}{\\word{bits}} =(\\word{nats}+\\text{log}~128)/\\text{log}~2";
inline constexpr const char* within =
    "μ_k ←μ_k+L_k(x_{<k})x_k: ~\\word{a-number-of-a-token} ~\\word{sees-those-before-it}";
inline constexpr const char* tone =
    "x ←2~\\text{log}(1+w)/\\text{log}~257−1 ~\\word{of-each-byte}~w: "
    "~\\word{its-slope-belongs-to}~q";

}  // namespace tarflow_pictures

namespace experts_geometry {

inline constexpr std::array<const char*, 2> sum = {
    "y =Σ_{i=1}^{\\at{n}{n}}v_i ≈\\hat{y}=Σ_{i∈\\at{rule}{S}}v_i",
    "y =Σ_{i=1}^{\\at{n}{n}}v_i ≈\\hat{y}=Σ_{i∈\\at{rule}{S}}\\at{weighed}{ρ_i}e_i, "
    "~e_i=v_i/∥v_i∥"};
inline constexpr const char* angles = "⟨v_i,v_j⟩ =±\\at{overlap}{c}∥v_i∥∥v_j∥";
inline constexpr std::array<const char*, 4> choice = {
    "\\at{rule}{S} =\\text{top}_{\\at{k}{k}}~∥v_i∥",
    "\\at{rule}{S} =\\text{argmin}_{∣S∣=\\at{k}{k}}~∥y−Σ_{i∈S}v_i∥",
    "\\at{rule}{S} =\\text{top}_{\\at{k}{k}}~ρ_i, ~ρ_i=∥v_i∥⋅e^{\\at{noise}{σ}ε_i}, ~ε_i∼N(0,1)",
    "\\at{rule}{S} ∼\\text{uniform}, ~∣S∣=\\at{k}{k}"};
inline constexpr const char* error = "∥y−\\hat{y}∥^2/∥y∥^2";
inline constexpr std::array<const char*, 2> layer = {
    "y =f(xA)B =Σ_{i=1}^{\\at{n}{n}}v_i ≈\\hat{y}=Σ_{i∈\\at{rule}{S}}v_i, ~v_i=f(xA_i)B_i",
    "y =f(xA)B =Σ_{i=1}^{\\at{n}{n}}v_i ≈\\hat{y}=Σ_{i∈\\at{rule}{S}}\\at{weighed}{ρ_i}e_i, "
    "~v_i=f(xA_i)B_i, ~e_i=v_i/∥v_i∥"};
inline constexpr const char* router = "ρ =\\at{router}{h}(xW_R) ≥0, ~ρ_i≈∥v_i∥";
inline constexpr std::array<const char*, 4> layer_choice = {
    choice[0], choice[1], "\\at{rule}{S} =\\text{top}_{\\at{k}{k}}~ρ_i", choice[3]};
inline constexpr const char* loss =
    "L =\\E∥y−(\\at{target}{x_0}−x)∥^2 +\\E~Σ_i(ρ_i−∥\\text{sg}[v_i]∥)^2, "
    "~x=\\at{target}{x_0}+\\at{blur}{b}ε, ~ε∼N(0,I)";

}  // namespace experts_geometry

namespace experts_balance {

inline constexpr std::array<const char*, 6> layer = {
    "y =Σ_{i∈S}\\at{gate}{ρ_i}\\at{hidden}{f}(xA_i)B_i",
    "y =Σ_{i∈S}\\at{gate}{\\frac{ρ_i}{Σ_{j=1}^{\\at{n}{n}}ρ_j}}\\at{hidden}{f}(xA_i)B_i",
    "y =Σ_{i∈S}\\at{gate}{\\frac{ρ_i}{Σ_{j∈S}ρ_j}}\\at{hidden}{f}(xA_i)B_i",
    "y =\\at{shared}{f(xA_0)B_0+L}~Σ_{i∈S}\\at{gate}{ρ_i}\\at{hidden}{f}(xA_i)B_i",
    "y =\\at{shared}{f(xA_0)B_0+L}~Σ_{i∈S}\\at{gate}{\\frac{ρ_i}{Σ_{j=1}^{\\at{n}{n}}ρ_j}}"
    "\\at{hidden}{f}(xA_i)B_i",
    "y =\\at{shared}{f(xA_0)B_0+L}~Σ_{i∈S}\\at{gate}{\\frac{ρ_i}{Σ_{j∈S}ρ_j}}"
    "\\at{hidden}{f}(xA_i)B_i"};
inline constexpr std::array<const char*, 3> choice = {
    "S =\\text{top}_{\\at{k}{k}}(ρ−\\at{remedy}{β}), ~ρ=\\at{router}{\\text{softmax}}(xW)",
    "S =\\text{top}_{\\at{k}{k}}(ρ−\\at{remedy}{β}), ~ρ=\\at{router}{\\text{sigmoid}}(xW)",
    "S =\\text{top}_{\\at{k}{k}}(ρ−\\at{remedy}{β}), ~ρ=\\at{router}{\\text{ReLU}}(xW)"};
inline constexpr std::array<const char*, 6> remedies = {
    "\\at{remedy}{β} =0",
    "\\at{remedy}{β} =0, ~L←L+\\at{weight}{w}\\at{n}{n}⋅Σ_iF_iP_i, ~P_i=\\E[ρ_i/Σ_jρ_j]",
    "\\at{remedy}{β} ←β+\\at{rate}{a}⋅\\text{sign}(F−\\frac{1}{\\at{n}{n}})",
    "\\at{remedy}{β} ←β+\\at{rate}{a}⋅\\frac{F−1/\\at{n}{n}}{\\text{RMS}(F−1/\\at{n}{n})}",
    "\\at{remedy}{β_j} ←\\text{quantile}_{1−\\at{k}{k}/\\at{n}{n}}(ρ_j−α), "
    "~α=\\text{quantile}_{1−\\at{k}{k}/\\at{n}{n}}(ρ−β)",
    "\\at{remedy}{β_j} ←0.9β_j+0.1⋅\\text{quantile}_{1−\\at{k}{k}/\\at{n}{n}}(ρ_j), "
    "~i∈S:~β_i≤ρ_i"};
inline constexpr const char* violation =
    "\\text{MaxVio} =\\at{n}{n}⋅\\text{max}_i~F_i−1, ~F_i=\\word{share-of-all-choices}";

}  // namespace experts_balance

namespace distill2d {

inline constexpr const char* noised =
    "x_t =\\at{level}{\\bar{α}_t}g_θ(\\at{seed}{z})+\\at{level}{\\bar{β}_t}ε, "
    "~\\word{at-first}~g_θ(z)=\\at{start}{s}⋅z";
/// L1, L3 and the family.
inline constexpr std::array<const char*, 3> losses = {
    "L_{\\at{lambda}{1}} =\\E∥φ(x_t)−\\at{lambda}{ψ}(x_t)∥^2",
    "L_{\\at{lambda}{3}} =\\E[∥φ(x_t)∥^2−2⟨φ(x_t),ε⟩+⟨ψ(x_t),ε⟩]",
    "L_{\\at{lambda}{λ}} =\\E⟨φ(x_t)−ψ(x_t), "
    "(1−\\at{lambda}{λ})φ(x_t)+\\at{lambda}{λ}ψ(x_t)−ε⟩"};
inline constexpr const char* fake =
    "ψ =\\text{argmin}~\\E∥ψ(x_t)−ε∥^2 ~~→~\\E⟨f(x_t),ψ(x_t)⟩=\\E⟨f(x_t),ε⟩";
inline constexpr std::array<const char*, 3> theory = {
    "\\frac{\\text{d}L_1}{\\text{d}s} =2\\bar{α}^2\\bar{β}^2s⋅\\frac{(V−1)^2}{V^2}",
    "\\frac{\\text{d}L_3}{\\text{d}s} =2\\bar{α}^2\\bar{β}^2s",
    "\\frac{\\text{d}L_λ}{\\text{d}s} "
    "=2\\bar{α}^2\\bar{β}^2s⋅\\frac{(V−1)(\\at{lambda}{λ}+(1−\\at{lambda}{λ})V)}{V^2}, "
    "~V=\\bar{α}^2s^2+\\bar{β}^2"};
/// By models::DriftForm.
inline constexpr std::array<const char*, 2> drift = {
    "V(x) =\\frac{\\E_p[k⋅(y−x)]}{\\E_p[k]}−\\frac{\\E_q[k⋅(y−x)]}{\\E_q[k]}, "
    "~k=e^{−∥x−y∥/\\at{tau}{τ}}, ~θ←θ−\\at{rate}{η}∇∥g_θ(z)−\\text{sg}[g_θ(z)+V]∥^2",
    "V(x) =Σ_qA⋅Σ_pAy−Σ_pA⋅Σ_qAy, ~A=\\text{norm}(e^{−∥x−y∥/\\at{tau}{τ}}), "
    "~θ←θ−\\at{rate}{η}∇∥g_θ(z)−\\text{sg}[g_θ(z)+V]∥^2"};
/// ... where nothing repels.
inline constexpr std::array<const char*, 2> attraction = {
    "V(x) =\\frac{\\E_p[k⋅(y−x)]}{\\E_p[k]}, "
    "~k=e^{−∥x−y∥/\\at{tau}{τ}}, ~θ←θ−\\at{rate}{η}∇∥g_θ(z)−\\text{sg}[g_θ(z)+V]∥^2",
    "V(x) =Σ_qA⋅(Σ_pAy−x⋅Σ_pA), ~A=\\text{norm}(e^{−∥x−y∥/\\at{tau}{τ}}), "
    "~θ←θ−\\at{rate}{η}∇∥g_θ(z)−\\text{sg}[g_θ(z)+V]∥^2"};
/// As live::distill2d::Terms.
inline constexpr std::array<const char*, 5> terms = {"∥φ∥^2", "⟨φ,ψ⟩", "∥ψ∥^2", "⟨φ,ε⟩", "⟨ψ,ε⟩"};

}  // namespace distill2d

namespace experts_pictures {

inline constexpr const char* layer =
    "y =Σ_{i∈\\at{layer}{S}}\\at{silenced}{m_i}ρ_iv_i, ~v_i=\\text{GELU}(xA_i)B_i, "
    "~\\at{silenced}{m_i}=1, ~\\at{silenced}{\\word{silent}}:~\\at{silenced}{m_i}=0";
/// By nn::Router, for top-k and for thresholds.
inline constexpr std::array<const char*, 6> router = {
    "ρ =\\text{softmax}(xW_R), ~\\at{layer}{S}=\\text{top}_k~(ρ_i−β_i)",
    "ρ =\\text{sigmoid}(xW_R), ~\\at{layer}{S}=\\text{top}_k~(ρ_i−β_i)",
    "ρ =\\text{max}(xW_R,0), ~\\at{layer}{S}=\\text{top}_k~(ρ_i−β_i)",
    "ρ =\\text{softmax}(xW_R), ~i∈\\at{layer}{S}~\\word{where}~ρ_i>β_i",
    "ρ =\\text{sigmoid}(xW_R), ~i∈\\at{layer}{S}~\\word{where}~ρ_i>β_i",
    "ρ =\\text{max}(xW_R,0), ~i∈\\at{layer}{S}~\\word{where}~ρ_i>β_i"};
inline constexpr const char* load =
    "F_i(\\at{time}{t}) =\\frac{1}{k}\\E[i∈\\at{layer}{S}], ~\\word{fair}:~\\frac{1}{n}";

}  // namespace experts_pictures

}  // namespace rivulet::words::formulas
