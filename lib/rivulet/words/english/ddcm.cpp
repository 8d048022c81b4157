#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const Ddcm ddcm = {
    .lab = "Pictures",
    .keys = {{{"N", "another face"},
              {"U", "a random UUID: see its face"},
              {"← →", "turn the dial that has the ring; else one step back or on"},
              {"D", "draw a face of your own"},
              {"C, R, A", "code, restore, argmax or sample?"},
              {"Space", "play how the picture comes out of the noise"},
              {"Tab, Enter", "move between controls, use one"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Pick, draw or drop a picture: it becomes a code of as many bytes as you allow, and what "
        "you see beside it is made from these bytes alone. Paste any UUID, or a code that a friend "
        "sent you, and see its picture. Every setting is kept in the address of the page.",
    .views = {"Code", "Restore", "Argmax or sample?"},
    .views_short = {"Code", "Restore", "In 2-D"},
    .taglines = {"A face in 16 bytes: every face is a UUID, every UUID a face",
                 "The model fills in what is lost",
                 "Which noise may a step choose, and stay diffusion?"},

    .another_face = "Another face",
    .another_face_hint = "One of 64 pictures that the model has never seen (N)",
    .another_short = "Face",
    .uuid_short = "UUID",
    .again_short = "Again",
    .any_uuid = "Random UUID",
    .any_uuid_hint = "Sixteen random bytes, and the face that they are (U)",
    .draw = "Draw",
    .draw_hint = "Change this picture, pixel by pixel (D)",
    .open = "Open…",
    .open_hint = "A PNG of yours, or a .ddcm; you can also drop one here",
    .type_code = "Type or paste a UUID or a code",
    .samples = "Faces",
    .samples_note = "never seen by the model",

    .bytes = "Bytes",
    .bytes_hint = "How long the code may be: more bytes, more steps, a truer picture",
    .bytes_value = "{} bytes",
    .uuid_value = "16 bytes: a UUID",
    .effort = "Effort",
    .effort_hint =
        "The encoder tries several codes at once and keeps the best; who reads the code has no "
        "more to do",
    .efforts = {"greedy", "4 codes at once", "8 codes at once", "16 codes at once"},
    .bits = "Bits a step",
    .bits_hint = "The noise of a step is picked among 2 to the power of this many vectors",
    .rho = "Schedule",
    .rho_hint = "1: equal steps; more: shorter steps where little noise is left",
    .noise = "Noise",
    .noise_hint = "How much of its noise a step adds; 1 is what DDPM does",
    .form = "Form",
    .forms = {"Single", "Pursuit", "Turbo"},
    .atoms = "Vectors a step",
    .atoms_hint = "How many vectors a step mixes",
    .coefficient = "Bits of a share",
    .coefficient_hint = "How finely the share of each vector in the mixture is told",
    .tail = "Steps without code",
    .tail_hint = "After the coded steps: they cost time, but no bytes",
    .codebook = "Codebook",
    .codebooks = {"Per step", "Shared", "Hadamard"},
    .codebook_hints = {"Fresh vectors for every step", "The same vectors for all steps",
                       "Vectors with structure: searched faster"},
    .choice = "Choice",
    .choices = {"Argmax", "Distance", "Article", "Importance"},
    .choice_hints = {"The largest inner product", "The vector nearest to what is wanted",
                     "Drawn with the weights of the article",
                     "Drawn so that with many vectors plain DDPM comes back"},
    .snap = "Snap to the set’s colours",
    .seed = "Codebook number",
    .usual = "The usual settings",
    .labels = "Tell the model",

    .source = "The picture",
    .place = "On its way",
    .belief = "From {} bytes",
    .restored = "Restored",
    .residual = "What is missing",
    .nothing_left = "nothing: equal to the last bit",
    .play = "Play how it comes out of the noise",
    .searching = "Trying codes, {:.0f} %",
    .undo = "Undo",
    .fill = "Fill",
    .fill_hint = "The whole picture in this colour",
    .save_picture = "Save picture",

    .uuid_title = "Every UUID is a face. This one’s UUID:",
    .code_title = "Its code: {} bytes, and {} that say how to read it",
    .code_waiting = "Its code",
    .copy_code = "Copy code",
    .copied_code = "Copied: whoever pastes this text here sees the picture",
    .paste_code = "Paste code",
    .copy_link = "Copy link",
    .copied_link = "Copied: the link shows the picture that this code makes",
    .save_code = "Save .ddcm",
    .change_byte = "Click: another byte here, another face",
    .uuid_taken = "This UUID’s face",
    .code_taken = "This code’s picture",
    .no_code = "There is no code yet",
    .not_a_code = "This is neither a UUID nor the text of a .ddcm",

    .strip = "What was chosen, step by step",
    .strip_step = "Step {} of {}: vector {} of {}",
    .strip_score = "{:.1f} standard deviations from the mean",
    .strip_read = "A reader chooses nothing: the code names the vector.",
    .strip_tail = "Step {} of {}: no choice, the model ends alone",
    .costs = "Bytes for this picture",
    .this_code = "this code",
    .palette_bytes = "palette + deflate",
    .png_bytes = "PNG",
    .raw_bytes = "raw pixels",
    .psnr = "PSNR {:.1f} dB",
    .psnr_same = "equal to the last bit",
    .took = "coded in {} ms, {:.0f} % of it in the network",

    .tasks = {"Fill holes", "2×", "4×", "Denoise", "Colour"},
    .task_hints = {"Brush over what is lost", "Each square of 2 × 2 pixels is one",
                   "Each square of 4 × 4 pixels is one", "Grain was added",
                   "Only the light is left"},
    .seen = "What is left",
    .brush = "Brush here: what you paint is lost",
    .brush_short = "Brush here",
    .brush_clear = "Clear",
    .grain = "Grain",
    .grain_hint = "How much noise the picture has",
    .strength = "Pull",
    .strength_hint = "Among 2 to the power of this many vectors the best is taken",
    .strength_value = "best of {}",
    .again = "Another guess",
    .again_hint = "Other vectors, another picture that fits as well",

    .planes = {"Random", "Argmax", "Distance", "Article", "Importance"},
    .plane_hints = {"No goal: any vector", "The largest inner product",
                    "The vector nearest to what is wanted", "Drawn with the weights of the article",
                    "Drawn with the weights that give DDPM back"},
    .size = "Vectors a step",
    .size_hint = "How many noise vectors each step can choose from",
    .steps = "Steps",
    .steps_hint = "From noise to data",
    .ddpm = "DDPM: fresh noise at each step",
    .distance = "{:.2f} off course",
    .curves = "How far off course",
    .curves_axis = "vectors a step",
    .ddpm_level = "DDPM",

    .code_text =
        "A diffusion model makes pictures by adding a little noise at every step. Here that noise "
        "is picked from a numbered list, always the vector that leads closest to your picture. The "
        "numbers are the code: whoever has the model replays them and sees the picture.",
    .form_text =
        {"One vector a step: the code is a row of numbers, coarse things first, details last.",
         "Several vectors a step, mixed in shares that are told as well: more bits a step, fewer "
         "steps.",
         "The vectors of largest product with their signs: few steps, much told at each."},
    .read_text =
        "Nothing is chosen when a code is read: each number names its noise, and the steps lead to "
        "the picture. Any UUID at all leads to some face.",
    .read_seen =
        "Click two digits of the UUID: early ones change the whole face, late ones a detail.",
    .restore_text =
        "The same machine with another pull: at every step the noise is picked that agrees best "
        "with what is left of the picture. The model makes up the rest.",
    .task_text =
        {"The model never sees what lies under the brush, and paints something that fits.",
         "Every 2 × 2 pixels became one. Many pictures fit; this is one of them.",
         "Every 4 × 4 pixels became one. Many pictures fit; this is one of them.",
         "Once the steps are finer than the grain, the grain says nothing, and the model goes on "
         "alone.",
         "Only the light is known: hair and skin get colours that the model holds likely."},
    .plane_text =
        {"Any vector, each as likely as another: random generation. With few vectors the steps are "
         "few and coarse; with many it is DDPM itself.",
         "Always the largest product. With more vectors to choose from, longer and longer ones "
         "win: the way leaves the one that diffusion would take, and more vectors make it worse.",
         "The nearest vector to what is wanted: no chance is left, so there is too little noise on "
         "the way.",
         "Drawn with weights that fall with the distance. Long vectors are rare twice over, so the "
         "noise is too small, however many vectors there are.",
         "Drawn with weights over the density that the vectors come from: with more and more "
         "vectors this is DDPM, to the last detail."},
    .plane_seen =
        "Off course: the distance (sliced Wasserstein) to where diffusion has the data at that "
        "time, mean over all times. Grey is the data.",
    .step_label = "Step",
    .choice_label = "Choice",
    .bits_label = "Length",
    .pull_label = "Choice",
};

}  // namespace rivulet::words::english
