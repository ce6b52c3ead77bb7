# Images for both machines: docker buildx bake -f deploy/docker-bake.hcl
group "default" {
  targets = ["korone", "korone-full", "simulator"]
}

target "korone" {
  context    = "."
  dockerfile = "deploy/Dockerfile"
  target     = "korone"
  platforms  = ["linux/amd64", "linux/arm64"]
  tags       = ["korone"]
}

target "korone-full" {
  inherits = ["korone"]
  target   = "korone-full"
  tags     = ["korone-full"]
}

target "simulator" {
  inherits = ["korone"]
  target   = "simulator"
  tags     = ["korone-simulator"]
}
