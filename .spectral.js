import rulesets from "@stoplight/spectral-rulesets";

export default {
  extends: [rulesets.oas, rulesets.asyncapi],
  rules: {
    // All paths of this site end with a slash, as Django's do; one without is answered with the right one.
    "asyncapi-latest-version": "off", // 3.0 is what the document promises to be
    "asyncapi-info-contact-properties": "off", // each site has its own
    "path-keys-no-trailing-slash": "off",
  },
};
