// Every UUID is a face: face MODEL UUID OUT.png
#include <rivulet/io/png.h>
#include <rivulet/models/picture_codec.h>

int main(int argc, char** argv) {
  using namespace rivulet;
  if (argc != 4) return 2;
  models::PictureCodec codec(io::load_safetensors(argv[1]), cpu_device());
  const models::Uuid uuid = models::parse_uuid(argv[2]);
  const std::vector<uint8_t> face = codec.decode(models::uuid_file(uuid));
  io::save_png(argv[3], {.width = 16, .height = 16, .channels = 3, .pixels = face});
  const models::DdcmFile back = codec.encode(face, models::uuid_settings())[0];
  return codec.decode(back).size() == face.size() ? 0 : 1;
}
